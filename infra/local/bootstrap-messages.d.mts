export function complainAboutNode(version: string): string | null;
export function complainAboutPlatform(platform: string, arch: string, version: string): string;
export function complainAboutInstall(output: string, place: { folder: string; registry: string }): string;
