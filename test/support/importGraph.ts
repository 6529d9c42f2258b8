import { dirname, join } from 'node:path/posix';
import { parseSync, Visitor } from 'vite';
import { arrows, closedAreas, packageRules } from './importRules.ts';

/** One import or re-export as it stands in a file. */
export interface Import {
  readonly specifier: string;
  readonly typesOnly: boolean;
}

/** Paths below src/ with the text of each file. */
export type Sources = ReadonlyMap<string, string>;

export function importsOf(path: string, text: string): Import[] {
  const { program, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`src/${path} does not parse: ${errors[0].message}`);
  const found: Import[] = [];
  const add = (specifier: string, typesOnly: boolean): void => {
    found.push({ specifier, typesOnly });
  };
  new Visitor({
    ImportDeclaration(node) {
      const named = node.specifiers;
      const allTypes =
        named.length > 0 &&
        named.every((name) => name.type === 'ImportSpecifier' && name.importKind === 'type');
      add(node.source.value, node.importKind === 'type' || allTypes);
    },
    ExportNamedDeclaration(node) {
      if (!node.source) return;
      const allTypes =
        node.specifiers.length > 0 && node.specifiers.every((name) => name.exportKind === 'type');
      add(node.source.value, node.exportKind === 'type' || allTypes);
    },
    ExportAllDeclaration(node) {
      add(node.source.value, node.exportKind === 'type');
    },
    ImportExpression(node) {
      // A computed specifier cannot be checked; `null` in the report makes somebody look at it.
      const literal = node.source.type === 'Literal' ? node.source.value : null;
      add(String(literal), false);
    },
    TSImportType(node) {
      add(node.source.value, true);
    },
  }).visit(program);
  return found;
}

/** The area of a path below src/: the longest name in the table of arrows that it lies in. */
export function areaOf(path: string): string | undefined {
  return Object.keys(arrows)
    .filter((area) => path === area || path.startsWith(`${area}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/** Every area that `from` may import, and whether it may import types only. */
function reachableFrom(from: string): Map<string, { typesOnly: boolean }> {
  const reachable = new Map([
    [from, { typesOnly: false }],
    ['errors.ts', { typesOnly: false }],
  ]);
  const queue = [{ area: from, typesOnly: false }];
  for (const { area, typesOnly } of queue) {
    if (area !== from && closedAreas.includes(from)) continue;
    for (const arrow of arrows[area] ?? []) {
      const next = { area: arrow.area, typesOnly: typesOnly || arrow.typesOnly };
      const known = reachable.get(next.area);
      if (known && (!known.typesOnly || next.typesOnly)) continue;
      reachable.set(next.area, next);
      queue.push(next);
    }
  }
  return reachable;
}

function localFault(path: string, target: string, typesOnly: boolean): string | null {
  const area = areaOf(path);
  if (!area) return 'this folder has no row in test/support/importRules.ts';
  const targetArea = areaOf(target);
  if (!targetArea) return `${target} is in no area of src/`;
  const permission = reachableFrom(area).get(targetArea);
  if (!permission) return `${area} may not import ${targetArea}`;
  if (permission.typesOnly && !typesOnly) return `${area} may import only types of ${targetArea}`;
  return null;
}

function packageFault(path: string, name: string): string | null {
  const rule = packageRules.find((candidate) => candidate.matches(name));
  if (!rule) return 'this package has no row in test/support/importRules.ts';
  if (rule.places === 'anywhere' || rule.places.some((place) => path.startsWith(place)))
    return null;
  return `${rule.packages}: only from ${rule.places.join(', ')}`;
}

function isLocal(specifier: string): boolean {
  return specifier.startsWith('.');
}

function resolveLocal(path: string, specifier: string): string {
  return join(dirname(path), specifier.replace(/\?.*$/, ''));
}

/** One line per offending import: the file, what it imports, the rule. */
export function violationsIn(sources: Sources): string[] {
  const violations: string[] = [];
  for (const [path, text] of sources) {
    for (const { specifier, typesOnly } of importsOf(path, text)) {
      const fault = isLocal(specifier)
        ? localFault(path, resolveLocal(path, specifier), typesOnly)
        : packageFault(path, specifier);
      if (fault) violations.push(`src/${path} imports '${specifier}': ${fault}`);
    }
  }
  return violations;
}

/** One line per cycle between files, types included. */
export function cyclesIn(sources: Sources): string[] {
  const cycles: string[] = [];
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push([...trail.slice(start), path].map((file) => `src/${file}`).join(' -> '));
      return;
    }
    const text = sources.get(path);
    if (finished.has(path) || text === undefined) return;
    for (const { specifier } of importsOf(path, text)) {
      if (isLocal(specifier)) visit(resolveLocal(path, specifier), [...trail, path]);
    }
    finished.add(path);
  };
  for (const path of sources.keys()) visit(path, []);
  return cycles;
}
