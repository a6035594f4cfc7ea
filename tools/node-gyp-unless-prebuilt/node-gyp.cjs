#!/usr/bin/env node
// Stands before npm's node-gyp on the PATH of install scripts (as node_modules/.bin/node-gyp), so that installing needs no compiler.
//
// npm builds every package that holds a binding.gyp. A package may say "gypfile": false because it ships its binary,
// but npm forgets that when it installs from a lockfile (the field is not kept there), and a build that fails takes
// a required package's whole install down, or removes an optional package together with its binary. npm 11 can be
// told by "allowScripts"; npm 10, which comes with Node 20 and 22, cannot.
'use strict';
const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');

/** Ships its binary in a package beside it, without saying "gypfile": false. */
const PREBUILT = ['@audio/speaker'];

const { name, gypfile } = JSON.parse(readFileSync('package.json', 'utf8'));
if (gypfile !== false && !PREBUILT.includes(name)) {
  // npm names its own copy in the environment of every install script.
  const real = process.env.npm_config_node_gyp;
  if (!real) throw new Error('only npm runs this, while it installs');
  process.exitCode =
    spawnSync(process.execPath, [real, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
}
