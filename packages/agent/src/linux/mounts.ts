// Reads the mount table and picks the file systems that people call disks. Asking how full they are is left to
// file-systems.ts.

export interface Mount {
  readonly device: string;
  /** `major:minor` of the file system. */
  readonly deviceId: string;
  readonly mount: string;
  readonly fsType: string;
  readonly readOnly: boolean;
  /** Another machine or program answers for it, so a question may hang. */
  readonly remote: boolean;
}

/** File systems that hold no data of their own. Overlay repeats the disk below it, except where it is all that a
 *  container can see. */
const PSEUDO = new Set(
  `autofs binder binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs functionfs fuse.gvfsd-fuse
   fuse.lxcfs fuse.portal fuse.snapfuse fuse.squashfuse fusectl hugetlbfs iso9660 mqueue nfsd nsfs overlay proc
   pstore ramfs resctrl rootfs rpc_pipefs securityfs selinuxfs squashfs sysfs tracefs`.split(/\s+/),
);
/** Places of the system's own: devices, per-user run time folders, images and layers of containers, and the
 *  single files that container engines mount. */
const PSEUDO_PLACES =
  /^\/(dev|proc|sys|run\/credentials|run\/user|snap|var\/lib\/docker|var\/lib\/containers|etc\/(hosts|hostname|resolv\.conf))($|\/)/;
const REMOTE =
  /^(9p|afs|beegfs|ceph|cifs|coda|davfs|fuse|fuse\..*|glusterfs|gpfs|lustre|ncpfs|nfs\d?|orangefs|smb3|smbfs|virtiofs)$/;

/** The file systems of a mount table in mountinfo form (proc_pid_mountinfo(5)): a mount that another covers is
 *  left out, and each file system is listed once, at its shortest mount point (as df does). */
export function parseMounts(text: string): Mount[] {
  const visible = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const mount = parseLine(line);
    if (mount !== null) visible.set(mount.mount, mount);
  }
  const chosen = new Map<string, Mount>();
  for (const mount of visible.values()) {
    if (isPseudo(mount)) continue;
    const other = chosen.get(mount.deviceId);
    if (other === undefined || mount.mount.length < other.mount.length) chosen.set(mount.deviceId, mount);
  }
  return [...chosen.values()];
}

/** `36 35 98:0 /root /mount rw,noatime [optional]... - ext4 /dev/sda1 rw,errors=continue` */
function parseLine(line: string): Mount | null {
  const words = line.split(' ');
  const dash = words.indexOf('-', 6);
  const [fsType, device, superOptions] = words.slice(dash + 1);
  if (dash === -1 || fsType === undefined || device === undefined) return null;
  const options = [...words[5]!.split(','), ...(superOptions ?? '').split(',')];
  return {
    device: unescaped(device),
    deviceId: words[2]!,
    mount: unescaped(words[4]!),
    fsType,
    readOnly: options.includes('ro'),
    remote: REMOTE.test(fsType),
  };
}

function isPseudo({ fsType, mount }: Mount): boolean {
  if (fsType === 'overlay' && mount === '/') return false;
  return PSEUDO.has(fsType) || PSEUDO_PLACES.test(mount);
}

/** The kernel writes space, tab, line feed and backslash as three octal digits. */
function unescaped(word: string): string {
  return word.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
