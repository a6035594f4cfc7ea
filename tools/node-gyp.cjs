// What npm runs in place of node-gyp in this checkout (see .npmrc), so that installing needs no compiler.
//
// npm builds every package that holds a binding.gyp. A package may say "gypfile": false because it ships its binary,
// but npm forgets that when it installs from a lockfile (the field is not kept there), and a build that fails takes
// a required package's whole install down, or removes an optional package together with its binary.
'use strict';
const { readFileSync } = require('node:fs');
const { dirname } = require('node:path');

/** Ships its binary in a package beside it, without saying "gypfile": false. */
const PREBUILT = ['@audio/speaker'];

const { name, gypfile } = JSON.parse(readFileSync('package.json', 'utf8'));
if (gypfile !== false && !PREBUILT.includes(name)) {
  // npm's own copy, found from the npm that runs.
  require(require.resolve('node-gyp/bin/node-gyp.js', { paths: [dirname(process.env.npm_execpath)] }));
}
