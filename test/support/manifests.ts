// Builders of manifests as people write them: valid, minimal, and changed where a test says so.
import { API_VERSION } from '../../controller/api/group.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface Place {
  readonly name: string;
  readonly namespace: string;
}

const SOMEWHERE: Place = { name: 'alice', namespace: 'default' };

/** A Workspace in the container `alice`; `spec` replaces fields of it. */
export function workspaceManifest(spec: Readonly<Record<string, unknown>> = {}, place = SOMEWHERE): Manifest {
  return {
    apiVersion: API_VERSION,
    kind: 'Workspace',
    metadata: { ...place },
    spec: { runtime: { docker: { container: 'alice' } }, ...spec },
  };
}

/** A WorkspacePlugin `browser` of the workspace `alice`; `spec` replaces fields of it. */
export function pluginManifest(spec: Readonly<Record<string, unknown>> = {}, place = SOMEWHERE): Manifest {
  return {
    apiVersion: API_VERSION,
    kind: 'WorkspacePlugin',
    metadata: { ...place },
    spec: {
      workspaceRef: { name: 'alice' },
      pluginName: 'browser',
      source: { url: 'github://owner/repo#v1.2.0' },
      ...spec,
    },
  };
}

/** As `pluginManifest`, with fields added to its source. */
export function sourceManifest(source: Readonly<Record<string, unknown>>): Manifest {
  return pluginManifest({ source: { url: 'github://owner/repo#v1.2.0', ...source } });
}

/** A PluginUpdate of the plugin `browser`, as the controller makes one; `spec` replaces fields of it. */
export function updateManifest(spec: Readonly<Record<string, unknown>> = {}, place = SOMEWHERE): Manifest {
  return {
    apiVersion: API_VERSION,
    kind: 'PluginUpdate',
    metadata: { ...place },
    spec: {
      pluginRef: { name: 'browser' },
      fromRevision: 'a'.repeat(40),
      toRevision: 'b'.repeat(40),
      ref: 'v1.3.0',
      ...spec,
    },
  };
}
