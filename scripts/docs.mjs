// @ts-check
// Writes docs/api/: the reference of the package's public names, from the doc comments of its declarations.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, Converter } from 'typedoc';
import { distDir, root } from './bundle.mjs';
import './buildTypes.mjs';

/**
 * The entries, by the folder of their declarations.
 * @type {Readonly<Record<string, string>>}
 */
const entryNames = { index: 'rtfq', runtime: 'runtime', react: 'react', training: 'train' };

const typesDir = join(distDir, 'types');
const outDir = process.argv[2] ?? join(root, 'docs/api');

const app = await Application.bootstrapWithPlugins(
  /** @type {import('typedoc').TypeDocOptions} */ ({
    plugin: ['typedoc-plugin-markdown'],
    name: 'API',
    entryPoints: [join(typesDir, 'index.d.ts'), join(typesDir, '*/index.d.ts')],
    out: outDir,
    tsconfig: join(root, 'tsconfig.docs.json'),
    readme: 'none',
    disableSources: true,
    excludeInternal: true,
    excludeExternals: true,
    githubPages: false,
    // Opaque to a host, which only hands them on.
    intentionallyNotExported: ['Plan', 'Program', 'Trainee', 'ShardEngine'],
    validation: { notExported: true, invalidLink: true, notDocumented: true },
    requiredToBeDocumented: ['Class', 'Function', 'Interface', 'TypeAlias', 'Variable'],
    suppressCommentWarningsInDeclarationFiles: true,
    // The Markdown's form.
    router: 'module',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    tableColumnSettings: { hideModifiers: true, hideOverrides: true, hideDefaults: true },
    sort: ['source-order'],
    groupOrder: ['Functions', 'Classes', 'Interfaces', 'Type Aliases', 'Variables'],
    expandObjects: false,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
  }),
);

// Unless told, a module is named like the folder that its declarations are in.
app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
  for (const module of project.children ?? []) module.name = entryNames[module.name] ?? module.name;
});

const project = await app.convert();
if (!project) process.exit(1);
app.validate(project);
rmSync(outDir, { recursive: true, force: true });
await app.generateOutputs(project);
writeFileSync(
  join(outDir, 'README.md'),
  `# API reference

Every public name, from its doc comment: \`npm run docs\` writes these pages. The [guides](../README.md) say how to use them.

| import | holds |
|---|---|
| [\`rtfq\`](rtfq.md) | the classifier, cameras, errors: what a page needs |
| [\`rtfq/react\`](react.md) | a hook that holds a classifier |
| [\`rtfq/runtime\`](runtime.md) | models and sessions, without a worker or a budget; Node too |
| [\`rtfq/train\`](train.md) | quantization and training |

\`rtfq/worker\` is the worker's script and has no names.
`,
);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
