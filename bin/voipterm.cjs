#!/usr/bin/env node
// Old syntax on purpose: this file must run on any Node, so that a Node that is too old gets a sentence
// instead of a syntax error from deep inside a library.
'use strict';
var version = process.versions.node.split('.').map(Number);
// The native modules speak Node-API 10, which came with these; an older Node crashes on them.
var least = { 22: 14, 23: 6 };
if (version[0] < 22 || version[1] < least[version[0]]) {
  process.stderr.write(
    'voipterm needs Node 22.14, 23.6 or newer, and this is Node ' +
      process.versions.node +
      '. Install a newer one from https://nodejs.org, or use "npm start" in a checkout, which brings its own.\n',
  );
  process.exitCode = 1;
} else {
  // Compiled code is kept for the next start, in a directory of the user's own: the usual one is in /tmp, where others could
  // have made it first.
  require('node:module').enableCompileCache(
    require('node:path').join(
      process.env.XDG_CACHE_HOME || require('node:path').join(require('node:os').homedir(), '.cache'),
      'voipterm',
      'code',
    ),
  );
  import('../dist/main.js');
}
