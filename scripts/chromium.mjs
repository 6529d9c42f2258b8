// @ts-check
// Finds a Chromium for the browser tests, and installs one where there is none.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Launch flags under which headless Chromium also works as root, in containers and offline. */
export const chromiumFlags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Gives WebGPU without a GPU: right results, no meaningful speed. */
export const softwareWebgpuFlags = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Two cameras that show a moving test picture; nobody is asked, so a page needs to have permission. */
export const fakeCameraFlags = ['--use-fake-device-for-media-stream=device-count=2'];

const commandNames = [
  'google-chrome-stable',
  'google-chrome',
  'chromium',
  'chromium-browser',
  'chrome',
];

/** Has the software "GPU" draw all else, too: without it Chromium's GPU process ends at a VideoFrame for WebGPU. */
export const softwareVideoFlags = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

/** @returns {string[]} */
function usualPlaces() {
  if (process.platform === 'darwin') {
    const apps = [
      'Google Chrome.app/Contents/MacOS/Google Chrome',
      'Chromium.app/Contents/MacOS/Chromium',
      'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    ];
    return ['/Applications', join(homedir(), 'Applications')].flatMap((folder) =>
      apps.map((app) => join(folder, app)),
    );
  }
  if (process.platform === 'win32') {
    const { PROGRAMFILES, LOCALAPPDATA } = process.env;
    const folders = [PROGRAMFILES, process.env['PROGRAMFILES(X86)'], LOCALAPPDATA];
    const programs = [
      'Google/Chrome/Application/chrome.exe',
      'Chromium/Application/chrome.exe',
      'Microsoft/Edge/Application/msedge.exe',
    ];
    return folders.flatMap((folder) => (folder ? programs.map((name) => join(folder, name)) : []));
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [
    ...new Set([...folders, '/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome']),
  ].flatMap((folder) => commandNames.map((name) => join(folder, name)));
}

/** @returns {string[]} */
function playwrightPlaces() {
  const caches = {
    darwin: join(homedir(), 'Library/Caches/ms-playwright'),
    win32: join(process.env.LOCALAPPDATA ?? homedir(), 'ms-playwright'),
  };
  const cache =
    process.env.PLAYWRIGHT_BROWSERS_PATH ??
    caches[/** @type {'darwin' | 'win32'} */ (process.platform)] ??
    join(homedir(), '.cache/ms-playwright');
  if (!existsSync(cache)) return [];
  const executables = [
    'chrome-linux/chrome',
    'chrome-linux64/chrome',
    'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
    'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
    'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
    'chrome-win/chrome.exe',
    'chrome-win64/chrome.exe',
  ];
  return readdirSync(cache)
    .filter((name) => /^chromium-\d+$/.test(name))
    .sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)))
    .flatMap((name) => executables.map((executable) => join(cache, name, executable)));
}

/**
 * Looks only, installs nothing.
 * @returns {string | null} path of the executable
 */
export function locateChromium() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    throw new Error(`CHROMIUM_PATH is ${chosen}, and there is no such file.`);
  }
  return [...usualPlaces(), ...playwrightPlaces()].find((path) => existsSync(path)) ?? null;
}

function isDebianAsRoot() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  if (!existsSync('/etc/os-release')) return false;
  // Ubuntu's chromium package is a stub that wants snapd.
  const release = readFileSync('/etc/os-release', 'utf8');
  return existsSync('/usr/bin/apt-get') && !/^ID=ubuntu$/m.test(release);
}

/** @param {string} command @param {string[]} argv */
function succeeds(command, argv) {
  return (
    spawnSync(command, argv, {
      cwd: root,
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0
  );
}

/** @param {(text: string) => void} say */
function installChromium(say) {
  if (isDebianAsRoot()) {
    say('no Chromium found: installing the Debian package chromium');
    if (
      succeeds('apt-get', ['update']) &&
      succeeds('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'])
    ) {
      return;
    }
  }
  say('no Chromium found: running `npx playwright-core install chromium`');
  const playwrightCli = join(root, 'node_modules/playwright-core/cli.js');
  succeeds(process.execPath, [playwrightCli, 'install', 'chromium']);
}

/**
 * The Chromium to test with; installs one where there is none.
 * @param {(text: string) => void} [say] hears of an installation
 * @returns {string} path of the executable
 */
export function findChromium(say = console.error) {
  const found = locateChromium();
  if (found) return found;
  installChromium(say);
  const installed = locateChromium();
  if (installed) return installed;
  throw new Error(
    'No Chromium or Chrome found, and installing one failed. ' +
      'Install one, or set CHROMIUM_PATH to the executable of one.',
  );
}
