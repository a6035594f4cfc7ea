/** Ink's look for escape sequences that would break its layout, done once for each text. */
import sanitizeAnsi from '../../../node_modules/ink/build/sanitize-ansi.js';
import { remembered } from '../../remembered.ts';

const MAX_TEXTS = 2000;

export default remembered(sanitizeAnsi, MAX_TEXTS);
