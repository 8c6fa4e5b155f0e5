// What is measured, by name.

export const SECTIONS = ['install', 'directory', 'docker', 'idle', 'approvals'] as const;

export type SectionName = (typeof SECTIONS)[number];
