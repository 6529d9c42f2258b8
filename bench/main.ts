import { Command } from 'commander';
import { addRooflineCommand } from './roofline/command.ts';
import { addRuntimesCommands } from './runtimesCommand.ts';
import { addTrainCommand } from './trainCommand.ts';

/** `npm run bench`: our runtime, its kernels, its training and their peers, timed. */
const program = new Command('bench');
addRuntimesCommands(program);
addRooflineCommand(program);
addTrainCommand(program);
await program.parseAsync();
