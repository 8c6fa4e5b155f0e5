// Every source keeps the contract, over real parts.
import { describeSource } from '../../contract/source.ts';
import { openGit, openLocal } from './worlds.ts';

describeSource('git over http', () => openGit('http'));
describeSource('git in a folder', () => openGit('file'));
describeSource('local', openLocal);
