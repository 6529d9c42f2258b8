import { formatSubnet } from '../../network/subnet.ts';
import { subnetFront } from './accuracySection.ts';
import { isDisagreeing, isDisagreeingOverall, largestDisagreement } from './disagreement.ts';
import type { Evaluation, SubnetEvaluation } from './evaluation.ts';
import { html, type Markup } from './html.ts';

/** Bit operations of one multiply-add in 32-bit floats, as BitOPs count them. */
const floatBitOpsPerMac = 32 * 32;

/** Every subnet with all its figures. */
export function subnetTable(evaluation: Evaluation): Markup {
  const { subnets } = evaluation;
  const front = new Set(subnetFront(subnets));
  const isCompared = subnets.some(({ disagreement }) => disagreement !== null);
  const columns = ['MACs, M', 'BitOPs, G', 'of FP32', 'top-1, %', 'top-5, %', 'ms'];
  const heads = [...columns, ...(isCompared ? ['differ, %'] : []), 'front'];
  return html`<section><h2>All subnets</h2>
<div class="scroll" role="region" aria-label="All subnets" tabindex="0"><table>
<caption>Width, resolution, bits; milliseconds are the median of a picture on ${evaluation.backend}, on the machine that measured.</caption>
<thead><tr><th scope="col">subnet</th>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${subnets.map((subnet) => row(subnet, isCompared, front.has(subnet)))}</tbody>
</table></div></section>`;
}

function row(subnet: SubnetEvaluation, isCompared: boolean, isOnFront: boolean): Markup {
  const { macs, bitOps, top1, top5, medianMs, disagreement } = subnet;
  const cells = [
    (macs / 1e6).toFixed(1),
    (bitOps / 1e9).toPrecision(3),
    `1/${((floatBitOpsPerMac * macs) / bitOps).toFixed(1)}`,
    (100 * top1).toFixed(1),
    (100 * top5).toFixed(1),
    medianMs.toFixed(1),
    ...(isCompared ? [disagreement === null ? '-' : (100 * disagreement).toFixed(2)] : []),
    isOnFront ? '●' : '',
  ];
  return html`<tr class="${isDisagreeing(subnet) ? 'bad' : ''}"><th scope="row">${formatSubnet(subnet)}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`;
}

/** Whether the integer model is the network that was trained. */
export function agreementSection(evaluation: Evaluation): Markup {
  const { disagreement, subnets, backend } = evaluation;
  if (disagreement === null) {
    return html`<section><h2>Agreement</h2>
<p>The integer runtime was not compared with the fake-quantized network: <code>rtfq eval --run … --compare</code> does.</p></section>`;
  }
  const bad = subnets.filter(isDisagreeing);
  const percent = `${(100 * disagreement).toFixed(2)} %`;
  const limit = `${100 * largestDisagreement} %`;
  const isBad = bad.length > 0 || isDisagreeingOverall(evaluation);
  const verdict = isBad
    ? `More than ${limit} is a bug. Over it: ${bad.map(formatSubnet).join(' | ') || 'all subnets together'}.`
    : `That is within the ${limit} that rounding may explain, in every subnet.`;
  return html`<section><h2>Agreement</h2>
<p>Labels that differ between the integer runtime (${backend}) and the fake-quantized network, picture by picture: <strong>${percent}</strong>.</p>
<p class="${isBad ? 'bad' : ''}">${verdict}</p></section>`;
}
