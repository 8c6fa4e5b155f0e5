// The sweeps without a gap: `npm run test:sweep`.
import { describeSweeps } from './sweeps.ts';

describeSweeps({ directory: { every: 1, pairs: 4 }, docker: { every: 1, pairs: 4 }, layer: 1 });
