import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMetrics } from '@referral/host';
import { parse } from 'yaml';
import { z } from 'zod';
import { describeWith } from './describe-with.ts';
import { serviceNames } from './services.ts';

const folder = 'infra/observability';
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true });

const prometheus = z
  .looseObject({
    rule_files: z.array(z.string()),
    scrape_configs: z.tuple([
      z.object({
        job_name: z.literal('referral'),
        dns_sd_configs: z.tuple([z.looseObject({ names: z.array(z.string()), port: z.number() })]),
      }),
    ]),
  })
  .parse(parse(read('prometheus.yml')));
const alerts = z
  .object({ groups: z.array(z.object({ name: z.string(), rules: z.array(z.looseObject({ expr: z.string() })) })) })
  .parse(parse(read('alerts.yml')));
const panel = z.looseObject({
  id: z.number(),
  title: z.string(),
  datasource: z.object({ type: z.literal('prometheus'), uid: z.string() }),
  targets: z.array(z.looseObject({ expr: z.string() })),
});
const dashboard = z
  .looseObject({ uid: z.string(), panels: z.array(panel) })
  .parse(JSON.parse(read('grafana/dashboards/referral.json')));

const panels = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const));
const rules = alerts.groups.flatMap(({ rules: all }) => all.map((rule) => [String(rule.alert), rule.expr] as const));

test.each([...panels, ...rules])('“%s” asks only for metrics and labels that a service reports', (_title, expr) => {
  const { metrics, labels } = namesIn(expr);
  const known = reported();
  expect(metrics.length).toBeGreaterThan(0);
  expect(metrics.filter((name) => !known.metrics.has(name))).toEqual([]);
  expect(labels.filter((name) => !known.labels.has(name))).toEqual([]);
});

test('Prometheus asks every service where it listens', () => {
  const [{ dns_sd_configs }] = prometheus.scrape_configs;
  expect([...dns_sd_configs[0].names].sort()).toEqual(serviceNames);
  expect(dns_sd_configs[0].port).toBe(3000);
});

test('Grafana finds its data source and its dashboards where compose puts them', () => {
  const { datasources } = parse(read('grafana/provisioning/datasources/prometheus.yml'));
  expect(datasources).toHaveLength(1);
  expect(datasources[0].url).toBe('http://prometheus:9090');
  expect(compose.services.prometheus).toBeDefined();
  expect(new Set(dashboard.panels.map(({ datasource }) => datasource.uid))).toEqual(new Set([datasources[0].uid]));

  const { providers } = parse(read('grafana/provisioning/dashboards/referral.yml'));
  const { volumes, environment } = compose.services.grafana;
  expect(volumes).toContain(`./${folder}/grafana/dashboards:${providers[0].options.path}:ro`);
  expect(environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(`${providers[0].options.path}/referral.json`);
  expect(readdirSync(join(folder, 'grafana/dashboards'))).toEqual(['referral.json']);
});

test('every rule file is mounted beside the configuration', () => {
  for (const file of prometheus.rule_files) {
    expect(compose.services.prometheus.volumes).toContain(`./${folder}/${file}:/etc/prometheus/${file}:ro`);
  }
});

describeWith('promtool', ['--version'], 'promtool', () => {
  test('finds nothing wrong with the configuration and its rules', () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'config', 'prometheus.yml'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
  });

  test('can read what the panels ask', () => {
    // promtool looks into rules only, so each question is put as one.
    const questions = panels.map(([, expr]) => ({
      record: 'panel',
      expr: expr.replace(/\$__(rate_interval|range)/g, '5m'),
    }));
    const folder = mkdtempSync(join(tmpdir(), 'referral-panels-'));
    const file = join(folder, 'panels.json');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: questions }] }));
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', '--lint=none', file], {
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
  });
});

/** The names in a PromQL expression that stand for series, and those that stand for labels. */
function namesIn(expr: string): { metrics: string[]; labels: string[] } {
  const labels: string[] = [];
  const takeLabels = (list: string) => {
    labels.push(...list.split(',').map((label) => label.trim()));
    return ' ';
  };
  const rest = expr
    .replace(/\b(?:by|without|on|ignoring|group_left)\s*\(([^)]*)\)/g, (_, list: string) => takeLabels(list))
    .replace(/\{([^}]*)\}/g, (_, list: string) => takeLabels(list.replace(/(=~|!~|!=|=)"[^"]*"/g, '')))
    .replace(/\[[^\]]*\]/g, ' ');
  const operators = new Set(['and', 'or', 'unless', 'by', 'on', 'group_left']);
  const names = [...rest.matchAll(/[a-zA-Z_]\w*(?!\w*\s*\()/g)].map(([name]) => name);
  const functions = new Set([...rest.matchAll(/([a-zA-Z_]\w*)\s*\(/g)].map(([, name]) => name));
  const aggregations = new Set(['sum', 'max', 'count']);
  const isSeries = (name: string) => !operators.has(name) && !functions.has(name) && !aggregations.has(name);
  return { metrics: names.filter(isSeries), labels: labels.filter(Boolean) };
}

/** What a process of ours reports, with what Prometheus adds. */
function reported() {
  const metrics = new Set(['up']);
  const labels = new Set(['instance', 'job', 'service', 'le']);
  for (const metric of createMetrics('test').registry.getMetricsAsArray()) {
    metrics.add(metric.name);
    if (String(metric.type) === 'histogram')
      for (const part of ['bucket', 'count', 'sum']) metrics.add(`${metric.name}_${part}`);
    if ('labelNames' in metric && Array.isArray(metric.labelNames))
      for (const label of metric.labelNames) labels.add(label);
  }
  return { metrics, labels };
}
