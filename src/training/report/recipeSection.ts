import type { Manifest } from '../../model/manifest.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { html, type Markup } from './html.ts';

/** How the run was made. @param provenance null until training has made a model */
export function recipeSection(recipe: Recipe, provenance: Manifest['provenance'] | null): Markup {
  return html`<section><h2>Recipe and provenance</h2>
<details><summary>Recipe, seed ${recipe.seed}</summary><pre tabindex="0">${JSON.stringify(recipe, null, 2)}</pre></details>
<details><summary>Provenance</summary>${
    provenance === null
      ? html`<p>No model was made of this run yet.</p>`
      : html`<p>Made by ${provenance.generator}:</p><pre tabindex="0">${provenance.command}</pre>
<ul>${provenance.sources.map(({ name, role, licence }) => html`<li>${role}: ${name} (licence: ${licence})</li>`)}</ul>`
  }</details></section>`;
}
