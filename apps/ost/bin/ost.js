#!/usr/bin/env node
require('../dist/ost.js');
