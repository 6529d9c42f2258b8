import type { Manifest } from '../../model/manifest.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { LogRecord } from '../trainer/train.ts';
import { accuracySection } from './accuracySection.ts';
import { classSection } from './classSection.ts';
import type { Evaluation } from './evaluation.ts';
import { html, Markup } from './html.ts';
import { recipeSection } from './recipeSection.ts';
import { reportStyle } from './reportStyle.ts';
import { agreementSection, subnetTable } from './subnetTable.ts';
import { missingEvaluation, summarySection } from './summarySection.ts';
import { trainingSection } from './trainingSection.ts';

/** What a report is made of. */
export interface ReportData {
  readonly name: string;
  readonly recipe: Recipe;
  /** Steps that the run has taken. */
  readonly step: number;
  readonly log: readonly LogRecord[];
  /** Of the model that was made of the run; null where it is not finished. */
  readonly provenance: Manifest['provenance'] | null;
  /** null where nobody measured the subnets. */
  readonly evaluation: Evaluation | null;
}

/** A training run as one HTML document, which loads nothing and runs no script. */
export function renderReport(data: ReportData): string {
  const { name, recipe, step, log, provenance, evaluation } = data;
  const { widths, resolutions, bits, steps } = recipe;
  const hours = log.reduce((sum, { durationMs }) => sum + durationMs, 0) / 3_600_000;
  const state = step < steps ? `Unfinished: step ${step} of ${steps}` : `${steps} steps`;
  const subnets = widths.length * resolutions.length * bits.length;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${name}: training report</title>
<style>${new Markup(reportStyle)}</style>
</head>
<body>
<header><h1>${name}</h1>
<p>${state}, ${hours.toFixed(2)} hours of training, ${subnets} subnets: widths ${widths.join(', ')}; resolutions ${resolutions.join(', ')}; bits ${bits.join(', ')}.</p></header>
<main>
${evaluation === null ? missingEvaluation() : evaluationSections(evaluation)}
${trainingSection(log)}
${recipeSection(recipe, provenance)}
</main>
</body>
</html>
`;
  return page.text;
}

function evaluationSections(evaluation: Evaluation): readonly Markup[] {
  return [
    summarySection(evaluation),
    accuracySection(evaluation),
    subnetTable(evaluation),
    agreementSection(evaluation),
    classSection(evaluation),
  ];
}
