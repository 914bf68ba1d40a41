export function stopWithParent(pid: number, signal: NodeJS.Signals): () => void;
