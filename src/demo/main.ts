import {
  type Classification,
  type Classifier,
  createClassifier,
  type LoadProgress,
  RtfqError,
} from '../index.ts';
import { createActiveView } from './activeView.ts';
import { atMostEvery } from './atMostEvery.ts';
import { createBatterySource } from './batterySource.ts';
import { limitMs, toBudget } from './budgetSettings.ts';
import { createCameraControls } from './cameraControls.ts';
import { createLatencyChart, type LatencyChart } from './charts/latencyChart.ts';
import { LatencyHistory } from './charts/latencyHistory.ts';
import { createMapView } from './charts/mapView.ts';
import { showDevice, showDownload } from './deviceView.ts';
import { DownloadTally } from './downloadTally.ts';
import { logEvents } from './eventLog.ts';
import { FrameLoop } from './frameLoop.ts';
import { FrameMeter } from './frameMeter.ts';
import { createLoadButton } from './load/loadButton.ts';
import { createLogView } from './logView.ts';
import { nextTask } from './nextTask.ts';
import { createNoticeView, noticeOf } from './notice.ts';
import { showOffline } from './offlineView.ts';
import { readPageOptions } from './pageOptions.ts';
import { createRankingView, rankedClasses } from './rankingView.ts';
import { createSizeControls, type SizeControls } from './sizeControls.ts';
import { createSourceSwitch } from './sourceSwitch.ts';
import { createStageView } from './stage.ts';

/** Labels and figures that change more often cannot be read. */
const renderEveryMs = 120;
/** Without a camera there may be no label for long. */
const keepAfterMs = 5000;

// Start-up is cut into tasks, so that the page's thread is never held up for long: first the browser lays out the page.
if (document.readyState === 'loading') {
  await new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve));
}
await nextTask();

const stage = createStageView();
const ranking = createRankingView();
const activeView = createActiveView();
const map = createMapView();
const log = createLogView();
const meter = new FrameMeter();
const history = new LatencyHistory();
const battery = createBatterySource();
const notices = createNoticeView(() => sources.chooseFile());

let classifier: Classifier | null = null;
let latencyChart: LatencyChart | null = null;
let unrendered: Classification | null = null;
let hasLabelled = false;
let tellLabelled = () => {};
const labelled = new Promise<void>((resolve) => {
  tellLabelled = resolve;
});

const loop = new FrameLoop({
  classify: (element) => classifier!.classify(element, { topK: rankedClasses }),
  stream: (frames, signal) => classifier!.stream(frames, { topK: rankedClasses, signal }),
  onResult: takeResult,
  onError: takeFailure,
});

const sources = createSourceSwitch(notices, {
  onSource(source) {
    if (source) performance.mark('rtfq: source');
    stage.setSource(source);
    stage.setLabel([]);
    camera.setSource(source);
    ranking.clear();
    unrendered = null;
    meter.reset();
    loop.setSource(source);
  },
  onPause(paused) {
    stage.setPaused(paused);
    meter.reset();
    loop.setPaused(paused);
  },
});

const camera = createCameraControls({
  onChoose: (deviceId) => sources.startCamera(deviceId),
  onMirror: stage.setMirrored,
});

const controls: SizeControls = createSizeControls(battery, () => {
  if (classifier) activeView.setSubnet(classifier.active, classifier.subnets);
  loop.refresh();
});

createLoadButton((text) => log.add('note', text));

function takeResult(result: Classification): void {
  const { timing } = result;
  const nowMs = performance.now();
  meter.add(timing, nowMs);
  history.addFrame({
    atMs: nowMs,
    workMs: timing.pixelsMs + timing.inferenceMs,
    limitMs: limitMs(controls.settings),
  });
  unrendered = result;
  render();
}

const render = atMostEvery(renderEveryMs, () => {
  if (unrendered === null || classifier === null) return;
  const { classes, subnet } = unrendered;
  unrendered = null;
  const nowMs = performance.now();
  const { settings } = controls;
  stage.setLabel(classes);
  ranking.show(classes, nowMs);
  activeView.setSubnet(subnet, classifier.subnets);
  activeView.setSpeed(meter, sources.live, classifier.stats.inBudget);
  controls.refresh();
  const { minAccuracy } = settings;
  map.show(classifier, subnet, { latencyMs: limitMs(settings), minAccuracy });
  latencyChart?.update(nowMs);
  if (!hasLabelled) void firstLabel();
});

/** The first label is on the page: what it did not have to wait for comes now. */
async function firstLabel(): Promise<void> {
  hasLabelled = true;
  performance.mark('rtfq: label');
  tellLabelled();
  await nextTask(); // the label is painted first
  try {
    await map.open((subnet) => controls.pinTo(subnet));
    await nextTask();
    latencyChart = await createLatencyChart(history);
  } catch {
    log.add('note', 'The charts could not be fetched; all else goes on');
  }
}

/** Downloads for the next visit are in nobody's way after the first label, or where none comes. */
async function keepLater(opened: Classifier, model: URL, tally: DownloadTally): Promise<void> {
  await Promise.race([labelled, nextTask(keepAfterMs)]);
  await showOffline(opened, model, tally.files);
}

function takeFailure(thrown: unknown): void {
  const { code } = RtfqError.from(thrown);
  switch (code) {
    case 'SUPERSEDED':
    case 'ABORTED':
    // The source itself tells of its camera.
    case 'CAMERA_LOST':
    case 'CAMERA_DENIED':
      return;
    case 'UNSUPPORTED_IMAGE':
    case 'IMAGE_DECODE_FAILED':
      notices.show('source', {
        ...noticeOf(thrown),
        retry: { label: 'Use the camera', run: () => sources.startCamera() },
      });
      return;
    default:
      stopWith(thrown);
  }
}

function stopWith(thrown: unknown): void {
  loop.setRunning(false);
  void classifier?.dispose().catch(() => {});
  classifier = null;
  notices.show('model', {
    ...noticeOf(thrown),
    retry: { label: 'Try again', run: () => void openClassifier() },
  });
}

async function openClassifier(): Promise<void> {
  const tally = new DownloadTally();
  const onProgress = (progress: LoadProgress) => {
    tally.add(progress);
    if (classifier === null) stage.setDownload(tally);
    showDownload(tally);
  };
  stage.setDownload(tally);
  try {
    const options = readPageOptions(location.href);
    classifier = await createClassifier({
      ...options,
      budget: toBudget(controls.settings),
      signals: { battery: battery.provider },
      onProgress,
    });
    void keepLater(classifier, options.model, tally);
  } catch (thrown) {
    stopWith(thrown);
    return;
  } finally {
    stage.setDownload(null);
  }
  performance.mark('rtfq: network');
  logEvents(classifier, { log, history, battery, limitMs: () => limitMs(controls.settings) });
  classifier.addEventListener('switch', () => meter.reset());
  classifier.addEventListener('backend', () => classifier && showDevice(classifier));
  stage.setCropFraction(classifier.cropFraction);
  activeView.setSubnet(classifier.active, classifier.subnets);
  showDevice(classifier);
  controls.attach(classifier);
  loop.setRunning(!document.hidden);
}

document.addEventListener('visibilitychange', () => {
  // Timings of a hidden tab say nothing: browsers hold it back.
  meter.reset();
  loop.setRunning(!document.hidden && classifier !== null);
});

await nextTask();
void openClassifier();
await nextTask();
sources.startCamera();
