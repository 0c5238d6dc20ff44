#!/usr/bin/env node
import { launch } from './launch.mjs';

await launch(new URL('../src/guardia-agent.ts', import.meta.url).href);
