// A sample of the sweeps, another one each time; `npm run test:sweep` kills before every command.
import { describeSweeps } from './sweeps.ts';

describeSweeps({ directory: { every: 16, pairs: 1 }, docker: { every: 20, pairs: 0 }, layer: 20 });
