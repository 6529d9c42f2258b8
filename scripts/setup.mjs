// @ts-check
// Brings the checkout to a state in which every other command works.
// Runs before anything is installed: Node's own modules only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampPath = join(root, 'node_modules', '.rtfq-installed');
const options = new Set(process.argv.slice(2));
const quiet = options.has('--quiet');

/** @param {string} text */
function say(text) {
  if (!quiet) console.log(`setup: ${text}`);
}

function installedState() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const abi = `${process.platform}-${process.arch}`;
  return `${createHash('sha256').update(lock).digest('hex')} ${abi}\n`;
}

function recordInstall() {
  writeFileSync(stampPath, installedState());
}

/** @returns {string | null} why an install is due, or null */
function installReason() {
  if (!existsSync(join(root, 'node_modules'))) return 'node_modules is missing';
  if (!existsSync(stampPath)) return 'node_modules was not installed to the end';
  if (readFileSync(stampPath, 'utf8') !== installedState()) return 'package-lock.json changed';
  return null;
}

function install() {
  const npmCli = process.env.npm_execpath;
  const argv = ['ci', '--no-audit', '--no-fund'];
  // Child output goes to stderr when quiet, so that a command's own stdout stays clean.
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const spawnOptions = { cwd: root, stdio: quiet ? ['inherit', 2, 2] : 'inherit' };
  const result = npmCli?.endsWith('.js')
    ? spawnSync(process.execPath, [npmCli, ...argv], spawnOptions)
    : spawnSync('npm', argv, { ...spawnOptions, shell: process.platform === 'win32' });
  if (result.status === 0) return;
  console.error('setup: `npm ci` failed; see its message above.');
  process.exit(result.status ?? 1);
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`setup: Node ${process.versions.node} found, 20.19 or later needed.`);
  process.exit(1);
}

async function setUp() {
  const reason = installReason();
  if (reason) {
    say(`${reason}: running npm ci`);
    install();
    recordInstall();
  }
  const { buildWasm } = await import('./buildWasm.mjs');
  buildWasm(say);
  if (options.has('--chromium')) {
    const { findChromium } = await import('./chromium.mjs');
    say(`browser tests use ${findChromium(say)}`);
  }
}

requireNode();
if (options.has('--installed')) {
  // npm has just installed; called by its `prepare`.
  if (existsSync(join(root, 'node_modules'))) recordInstall();
} else {
  try {
    await setUp();
  } catch (error) {
    console.error(`setup: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
