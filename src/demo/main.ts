import {
  type Classification,
  type Classifier,
  createClassifier,
  type LoadProgress,
  RtfqError,
} from '../index.ts';
import { createActiveView } from './activeView.ts';
import { showDevice, showDownloaded } from './deviceView.ts';
import { DownloadTally } from './downloadTally.ts';
import { FrameLoop } from './frameLoop.ts';
import { FrameMeter } from './frameMeter.ts';
import { createNoticeView, noticeOf } from './notice.ts';
import { readPageOptions } from './pageOptions.ts';
import { createRankingView, rankedClasses } from './rankingView.ts';
import { createSizeControls, type SizeControls } from './sizeControls.ts';
import { createSourceSwitch } from './sourceSwitch.ts';
import { createStageView } from './stage.ts';

/** Labels and figures that change more often cannot be read. */
const renderEveryMs = 120;

const stage = createStageView();
const ranking = createRankingView();
const activeView = createActiveView();
const meter = new FrameMeter();
const notices = createNoticeView(() => sources.chooseFile());

let classifier: Classifier | null = null;
let unrendered: Classification | null = null;
let renderPending = false;

const loop = new FrameLoop({
  classify: (element) => classifier!.classify(element, { topK: rankedClasses }),
  onResult: takeResult,
  onError: takeFailure,
});

const sources = createSourceSwitch(notices, {
  onSource(source) {
    stage.setSource(source);
    stage.setLabel([]);
    ranking.clear();
    unrendered = null;
    meter.reset();
    loop.setSource(source);
  },
  onPause(paused) {
    stage.setPaused(paused);
    meter.reset();
    loop.refresh();
  },
});

const controls: SizeControls = createSizeControls(() => {
  if (classifier) activeView.setSubnet(classifier.active, classifier.subnets);
  loop.refresh();
});

function takeResult(result: Classification): void {
  meter.add(result.timing, performance.now());
  unrendered = result;
  if (renderPending) return;
  renderPending = true;
  setTimeout(render, renderEveryMs);
}

function render(): void {
  renderPending = false;
  if (unrendered === null || classifier === null) return;
  const { classes, subnet } = unrendered;
  stage.setLabel(classes);
  ranking.show(classes, performance.now());
  activeView.setSubnet(subnet, classifier.subnets);
  activeView.setSpeed(meter, sources.live);
  controls.refresh();
}

function takeFailure(thrown: unknown): void {
  const { code } = RtfqError.from(thrown);
  switch (code) {
    case 'SUPERSEDED':
    case 'ABORTED':
      return;
    case 'UNSUPPORTED_IMAGE':
    case 'IMAGE_DECODE_FAILED':
      notices.show('source', {
        ...noticeOf(thrown),
        retry: { label: 'Use the camera', run: () => sources.useCamera() },
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
    showDownloaded(tally);
  };
  stage.setDownload(tally);
  try {
    classifier = await createClassifier({ ...readPageOptions(location.href), onProgress });
  } catch (thrown) {
    stopWith(thrown);
    return;
  } finally {
    stage.setDownload(null);
  }
  classifier.addEventListener('switch', (event) => {
    meter.reset();
    if (classifier) activeView.setSubnet(event.detail.to, classifier.subnets);
  });
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

void openClassifier();
sources.useCamera();
