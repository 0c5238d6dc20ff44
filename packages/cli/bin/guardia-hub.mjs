#!/usr/bin/env node
import { launch } from './launch.mjs';

await launch(new URL('../src/guardia-hub.ts', import.meta.url).href);
