import { createRequire } from 'node:module';
import { Command } from 'commander';
import { RtfqError } from '../errors.ts';
import { addCompareCommand } from './compareCommand.ts';
import { describeError } from './describeError.ts';
import { addEvalCommand } from './evalCommand.ts';
import { addExportCommand } from './exportCommand.ts';
import { addInspectCommand } from './inspectCommand.ts';
import { addProbeCommand } from './probeCommand.ts';
import { addQuantizeCommand } from './quantizeCommand.ts';
import { addReportCommand } from './reportCommand.ts';
import { addSimulateCommand } from './simulateCommand.ts';
import { addSynthesizeCommand } from './synthesizeCommand.ts';
import { addTrainCommand } from './trainCommand.ts';

const failureExitCode = 1;
const usageExitCode = 2;
/** What a shell reports of a command that Ctrl-C ended. */
const interruptedExitCode = 130;

const { version } = createRequire(import.meta.url)('rtfq/package.json') as { version: string };
const interruption = new AbortController();
// Once: a second Ctrl-C ends the process whatever it is doing.
process.once('SIGINT', () => interruption.abort());

const program = new Command('rtfq')
  .description('Makes, measures and inspects quantized subnets of image classifiers.')
  .version(version)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usageExitCode));
addTrainCommand(program, interruption.signal);
addQuantizeCommand(program, interruption.signal);
addProbeCommand(program, interruption.signal);
addEvalCommand(program, interruption.signal);
addExportCommand(program, interruption.signal);
addInspectCommand(program);
addCompareCommand(program);
addReportCommand(program);
addSimulateCommand(program);
addSynthesizeCommand(program, interruption.signal);

try {
  await program.parseAsync();
} catch (thrown) {
  const error = RtfqError.from(thrown);
  console.error(describeError(error));
  process.exitCode = error.code === 'ABORTED' ? interruptedExitCode : failureExitCode;
}
