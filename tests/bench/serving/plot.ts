import type { Comparison } from './compare.ts';
import type { Measured } from './targets.ts';

const NAMES: Record<string, string> = {
  noopExpress: 'Express that does nothing',
  ours: 'this server',
  naiveExpress: 'naive Express',
  fastapi: 'FastAPI',
};
const COLOURS: Record<string, string> = { noopExpress: '#9aa0a6', ours: '#1a73e8', naiveExpress: '#e8710a', fastapi: '#188038' };

const WIDTH = 900;
const HEIGHT = 360;
const PANEL = { left: 70, top: 40, width: 340, height: 250, gap: 100 };

/** A log-log plot a number of items: connections → answers a second, one line a server. @returns SVG */
export function drawPlot({ comparisons }: Pick<Measured, 'comparisons'>): string {
  const panels = comparisons.map((comparison, index) => panel(comparison, PANEL.left + index * (PANEL.width + PANEL.gap)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    ...panels,
    legend(),
    '</svg>\n',
  ].join('\n');
}

function panel({ items, closed }: Comparison, left: number): string {
  const servers = Object.entries(closed).filter(([name]) => name in NAMES);
  const points = servers.flatMap(([, figures]) => Object.values(figures).map(({ throughput }) => throughput));
  const decades: [number, number] = [Math.floor(Math.log10(Math.min(...points))), Math.ceil(Math.log10(Math.max(...points)))];
  const bottom = PANEL.top + PANEL.height;
  const x = (connections: number) => left + (Math.log2(connections) / 6) * PANEL.width;
  const y = (rate: number) => bottom - ((Math.log10(rate) - decades[0]) / (decades[1] - decades[0])) * PANEL.height;
  const lines = servers.map(([name, figures]) => {
    const dots = Object.entries(figures).map(([connections, { throughput }]) => [x(Number(connections)), y(throughput)] as const);
    const path = dots.map(([at, height]) => `${at.toFixed(1)},${height.toFixed(1)}`).join(' ');
    const circles = dots.map(([at, height]) => `<circle cx="${at.toFixed(1)}" cy="${height.toFixed(1)}" r="3.5" fill="${COLOURS[name]}"/>`);
    return `<polyline points="${path}" fill="none" stroke="${COLOURS[name]}" stroke-width="2"/>${circles.join('')}`;
  });
  return [
    text(left + PANEL.width / 2, PANEL.top - 15, `${items.toLocaleString('en')} items`, 'middle'),
    ...ticks([1, 16, 64], (connections) => text(x(connections), bottom + 18, String(connections), 'middle')),
    text(left + PANEL.width / 2, bottom + 36, 'connections', 'middle'),
    ...ticks(decadeTicks(decades), (rate) => grid(left, y(rate)) + text(left - 8, y(rate) + 4, rate.toLocaleString('en'), 'end')),
    `<text transform="translate(${left - 52} ${PANEL.top + PANEL.height / 2}) rotate(-90)" text-anchor="middle">answers a second</text>`,
    ...lines,
  ].join('\n');
}

function ticks(values: readonly number[], draw: (value: number) => string): string[] {
  return values.map(draw);
}

/** 1, 2 and 5 times every power of ten between two. */
function decadeTicks([from, to]: [number, number]): number[] {
  const all = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
  return all.flatMap((decade, index) => (index === all.length - 1 ? [decade] : [decade, 2 * decade, 5 * decade]));
}

function grid(left: number, height: number): string {
  return `<line x1="${left}" x2="${left + PANEL.width}" y1="${height.toFixed(1)}" y2="${height.toFixed(1)}" stroke="#e0e0e0"/>`;
}

function legend(): string {
  const entries = Object.entries(NAMES).map(([name, words], index) => {
    const left = PANEL.left + index * 190;
    return `<rect x="${left}" y="${HEIGHT - 18}" width="12" height="12" fill="${COLOURS[name]}"/>${text(left + 18, HEIGHT - 8, words, 'start')}`;
  });
  return entries.join('\n');
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
}
