import { Command } from 'commander';
import { addReportCommand } from './report/command.ts';
import { addRooflineCommand } from './roofline/command.ts';
import { addRuntimesCommands } from './runtimes/command.ts';
import { addSubnetsCommand } from './subnets/command.ts';
import { addTrainCommand } from './trainCommand.ts';

/** `npm run bench`: our runtime, its kernels, its training and their peers, timed. */
const program = new Command('bench');
addRuntimesCommands(program);
addRooflineCommand(program);
addSubnetsCommand(program);
addTrainCommand(program);
addReportCommand(program);
await program.parseAsync();
