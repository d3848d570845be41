/** How an API server is reached, and as whom. */
export interface ClusterAccess {
  /** Without a slash at its end. */
  readonly server: string;
  /** Where the service account or the kubeconfig is at home. */
  readonly namespace: string;
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** Read again and again: the one of a pod is replaced every hour. Null: a certificate says who we are. */
  token(): Promise<string | null>;
}
