// What is measured, by name.

export const SECTIONS = ['install', 'directory', 'docker', 'idle'] as const;

export type SectionName = (typeof SECTIONS)[number];
