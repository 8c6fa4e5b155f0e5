// A sample of the sweeps, another one each time; `npm run test:sweep` kills before every command.
import { describeSweeps } from './sweeps.ts';

describeSweeps({ directory: { every: 8, pairs: 1 }, docker: { every: 10, pairs: 0 }, layer: 12 });
