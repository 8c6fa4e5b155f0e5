// Numbers of bytes as the API server lets them through: `100Mi`, `512Ki`, `20M`.

const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, Ki: 2 ** 10, Mi: 2 ** 20 };

/** Bytes. @throws RangeError for what the schema refuses */
export function parseQuantity(text: string): number {
  const [, digits, unit = ''] = /^([0-9]+)(k|M|Ki|Mi)?$/.exec(text) ?? [];
  const factor = FACTORS[unit];
  if (digits === undefined || factor === undefined) {
    throw new RangeError(`${JSON.stringify(text)} is no number of bytes`);
  }
  return Number(digits) * factor;
}
