export function ConflictScreen({ id }: { id: string }) { return <>{id}</>; }
