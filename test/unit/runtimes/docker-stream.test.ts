import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { MAX_OUTPUT_BYTES } from '../../../lib/runtimes/runtime.ts';
import { FrameReader } from '../../../lib/runtimes/docker-stream.ts';

function frame(kind: number, content: string | Buffer): Buffer {
  const head = Buffer.alloc(8);
  head[0] = kind;
  head.writeUInt32BE(content.length, 4);
  return Buffer.concat([head, Buffer.from(content)]);
}

/** Bytes that are still in use once all that is not is collected. */
function retained(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('the multiplexed stream of a container', () => {
  it('comes apart into stdout and stderr, wherever it is cut into chunks', () => {
    const all = Buffer.concat([frame(1, 'one'), frame(2, 'oops'), frame(1, ''), frame(1, ' two')]);
    for (let size = 1; size <= all.length; size++) {
      const reader = new FrameReader();
      for (let at = 0; at < all.length; at += size) reader.push(all.subarray(at, at + size));
      expect([String(reader.stdout.toBuffer()), String(reader.stderr.toBuffer())]).to.deep.equal([
        'one two',
        'oops',
      ]);
      expect(reader.isWhole).to.equal(true);
    }
  });

  it('is not whole when it ends within a frame', () => {
    const all = frame(1, 'one');
    for (let end = 1; end < all.length; end++) {
      const reader = new FrameReader();
      reader.push(all.subarray(0, end));
      expect(reader.isWhole).to.equal(false);
    }
  });

  it('takes little more memory than what was said, in however small frames', () => {
    const reader = new FrameReader();
    const before = retained();
    // As a socket hands them out: many frames in each of its buffers.
    const tiny = Buffer.concat(Array.from({ length: 1_000 }, () => frame(1, 'x')));
    for (let said = 0; said < MAX_OUTPUT_BYTES / 8; said += 1_000) reader.push(Buffer.from(tiny));
    const more = retained() - before;

    expect(reader.stdout.toBuffer().length).to.be.at.least(MAX_OUTPUT_BYTES / 8);
    expect(more).to.be.below(2 * MAX_OUTPUT_BYTES);
  });

  it('is refused where it is no frame, or says too much', () => {
    expect(() => {
      new FrameReader().push(Buffer.from('OCI runtime exec failed'));
    }).to.throw('no frame');
    const reader = new FrameReader();
    expect(() => {
      for (let said = 0; said <= MAX_OUTPUT_BYTES; said += 65536) reader.push(frame(1, Buffer.alloc(65536)));
    }).to.throw('a command said more than');
  });
});
