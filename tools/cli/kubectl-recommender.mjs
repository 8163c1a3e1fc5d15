#!/usr/bin/env node
// kubectl recommender …: kubectl runs whatever on PATH is called so. The same program as `npx recommender …`.
import './recommender.mjs';
