#!/usr/bin/env node
import { launch } from './launch.mjs';

await launch(new URL('../src/guardia.ts', import.meta.url).href);
