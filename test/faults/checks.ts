// How often health checks ran, held against the undisturbed run: one that was broken off has to run again.
import type { ControllerProcess } from './controller-process.ts';

const CHECKS = /"checks": (\d+)/;

/**
 * The world without the checks that it holds beyond the undisturbed one, where no more than so many were broken off: whether
 * such a one has left its line depends on the moment.
 */
export function withoutRepeats(world: string, undisturbed: string, brokenOff: number): string {
  const [found, wanted] = [checksIn(world), checksIn(undisturbed)];
  const isRepeated = found > wanted && found <= wanted + brokenOff;
  return isRepeated ? world.replace(CHECKS, `"checks": ${wanted}`) : world;
}

function checksIn(world: string): number {
  return Number(CHECKS.exec(world)?.[1] ?? 0);
}

/** How many these controllers have broken off, or had broken off. @param former its leadership was taken from it: so were its checks */
export function checksBrokenOff(
  controllers: readonly ControllerProcess[],
  former: ControllerProcess | undefined,
): number {
  return controllers.reduce((sum, one) => sum + (one === former ? one.checksNotDone : one.checksBroken), 0);
}
