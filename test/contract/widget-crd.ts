// The definition of the kind that the tests of clients use, as a real API server takes it.
import { WIDGET } from './kube-client.ts';

export const WIDGET_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${WIDGET.plural}.${WIDGET.group}` },
  spec: {
    group: WIDGET.group,
    scope: 'Namespaced',
    names: { plural: WIDGET.plural, kind: WIDGET.kind },
    versions: [
      {
        name: WIDGET.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { size: { type: 'integer' }, colour: { type: 'string' } },
              },
              status: {
                type: 'object',
                properties: {
                  phase: { type: 'string' },
                  seen: { type: 'array', items: { type: 'integer' } },
                },
              },
            },
          },
        },
      },
    ],
  },
};
