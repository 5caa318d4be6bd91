"""What the kernel's trace formats do not say: aliases, missing prototypes, and what an argument means.

Used by generate.py alone. Names and types are facts of the kernel's interface (the SYSCALL_DEFINE lines of
the kernel's own sources); kinds are the names of ArgKind in table.h.
"""

# unistd name -> name of the kernel's own function, where the two differ.
ALIASES = {
    "stat": "newstat", "fstat": "newfstat", "lstat": "newlstat", "uname": "newuname", "umount2": "umount",
    "sendfile": "sendfile64", "ugetrlimit": "getrlimit", "_newselect": "select", "fcntl64": "fcntl",
    # i386's 64-bit times
    "clock_gettime64": "clock_gettime", "clock_settime64": "clock_settime", "clock_adjtime64": "clock_adjtime",
    "clock_getres_time64": "clock_getres", "clock_nanosleep_time64": "clock_nanosleep",
    "timer_gettime64": "timer_gettime", "timer_settime64": "timer_settime",
    "timerfd_gettime64": "timerfd_gettime", "timerfd_settime64": "timerfd_settime",
    "utimensat_time64": "utimensat", "pselect6_time64": "pselect6", "ppoll_time64": "ppoll",
    "io_pgetevents_time64": "io_pgetevents", "recvmmsg_time64": "recvmmsg",
    "mq_timedsend_time64": "mq_timedsend", "mq_timedreceive_time64": "mq_timedreceive",
    "semtimedop_time64": "semtimedop", "rt_sigtimedwait_time64": "rt_sigtimedwait",
    "futex_time64": "futex", "sched_rr_get_interval_time64": "sched_rr_get_interval",
}
# i386's calls with 32-bit user and group ids; the plain names have 16-bit ones there.
WIDE_IDS = """lchown getuid getgid geteuid getegid setreuid setregid getgroups setgroups fchown setresuid
    getresuid setresgid getresgid chown setuid setgid setfsuid setfsgid""".split()
ALIASES.update({name + "32": name for name in WIDE_IDS})

# Calls that are newer than Debian 12's headers (6.1); every architecture numbers them alike.
NEWER_COMMON = {
    451: "cachestat", 452: "fchmodat2", 453: "map_shadow_stack", 454: "futex_wake", 455: "futex_wait",
    456: "futex_requeue", 457: "statmount", 458: "listmount", 459: "lsm_get_self_attr",
    460: "lsm_set_self_attr", 461: "lsm_list_modules", 462: "mseal", 463: "setxattrat", 464: "getxattrat",
    465: "listxattrat", 466: "removexattrat", 467: "open_tree_attr", 468: "file_getattr",
    469: "file_setattr", 470: "listns", 471: "rseq_slice_yield",
}
NEWER = {"x86_64": {335: "uretprobe", 336: "uprobe"}}

# Prototypes of calls that the generating kernel was built without, in the words of its sources.
PROTOTYPES = {
    "init_module": "void * umod, unsigned long len, const char * uargs",
    "finit_module": "int fd, const char * uargs, int flags",
    "delete_module": "const char * name_user, unsigned int flags",
    "kexec_load": "unsigned long entry, unsigned long nr_segments, struct kexec_segment * segments, unsigned long flags",
    "kexec_file_load": "int kernel_fd, int initrd_fd, unsigned long cmdline_len, const char * cmdline_ptr, unsigned long flags",
    "lookup_dcookie": "u64 cookie64, char * buf, size_t len",
    "uselib": "const char * library",
    "map_shadow_stack": "unsigned long addr, unsigned long size, unsigned int flags",
    "listns": "const struct ns_id_req * req, u64 * ns_ids, size_t nr_ns_ids, unsigned int flags",
    "rseq_slice_yield": "",
    "uretprobe": "", "uprobe": "",
}
I386_PROTOTYPES = {
    "umount": "char * name",
    "waitpid": "pid_t pid, int * stat_addr, int options",
    "oldstat": "const char * filename, struct __old_kernel_stat * statbuf",
    "oldlstat": "const char * filename, struct __old_kernel_stat * statbuf",
    "oldfstat": "unsigned int fd, struct __old_kernel_stat * statbuf",
    "stime": "old_time32_t * tptr",
    "nice": "int increment",
    "signal": "int sig, __sighandler_t handler",
    "oldolduname": "struct oldold_utsname * name",
    "olduname": "struct old_utsname * name",
    "sigaction": "int sig, const struct compat_old_sigaction * act, struct compat_old_sigaction * oact",
    "sgetmask": "",
    "ssetmask": "int newmask",
    "sigsuspend": "int unused1, int unused2, old_sigset_t mask",
    "sigpending": "old_sigset_t * uset",
    "sigprocmask": "int how, old_sigset_t * nset, old_sigset_t * oset",
    "sigreturn": "",
    "readdir": "unsigned int fd, struct old_linux_dirent * dirent, unsigned int count",
    "select": "struct sel_arg_struct * arg",
    "mmap": "struct mmap_arg_struct * arg",
    "mmap2": "unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags, unsigned long fd, unsigned long pgoff",
    "socketcall": "int call, unsigned long * args",
    "ipc": "unsigned int call, int first, unsigned long second, unsigned long third, void * ptr, long fifth",
    "vm86old": "struct vm86_struct * user_vm86",
    "vm86": "unsigned long cmd, unsigned long arg",
    "_llseek": "unsigned int fd, unsigned long offset_high, unsigned long offset_low, loff_t * result, unsigned int whence",
    "truncate64": "const char * filename, unsigned long offset_low, unsigned long offset_high",
    "ftruncate64": "unsigned int fd, unsigned long offset_low, unsigned long offset_high",
    "pread64": "unsigned int fd, char * ubuf, u32 count, u32 poslo, u32 poshi",
    "pwrite64": "unsigned int fd, const char * ubuf, u32 count, u32 poslo, u32 poshi",
    "fadvise64": "int fd, unsigned int offset_lo, unsigned int offset_hi, size_t len, int advice",
    "fadvise64_64": "int fd, u32 offset_low, u32 offset_high, u32 len_low, u32 len_high, int advice",
    "readahead": "int fd, unsigned int off_lo, unsigned int off_hi, size_t count",
    "sync_file_range": "int fd, unsigned int off_low, unsigned int off_hi, unsigned int n_low, unsigned int n_hi, int flags",
    "fallocate": "int fd, int mode, unsigned int offset_lo, unsigned int offset_hi, unsigned int len_lo, unsigned int len_hi",
    "fanotify_mark": "int fanotify_fd, unsigned int flags, u32 mask0, u32 mask1, int dfd, const char * pathname",
    "lookup_dcookie": "u32 w0, u32 w1, char * buf, size_t len",
    "stat64": "const char * filename, struct stat64 * statbuf",
    "lstat64": "const char * filename, struct stat64 * statbuf",
    "fstat64": "unsigned long fd, struct stat64 * statbuf",
    "fstatat64": "unsigned int dfd, const char * filename, struct stat64 * statbuf, int flag",
    "statfs64": "const char * pathname, compat_size_t sz, struct compat_statfs64 * buf",
    "fstatfs64": "unsigned int fd, compat_size_t sz, struct compat_statfs64 * buf",
    "set_thread_area": "struct user_desc * u_info",
    "get_thread_area": "struct user_desc * u_info",
}
BACKWARDS_CLONE = "unsigned long clone_flags, unsigned long newsp, int * parent_tidptr, unsigned long tls, int * child_tidptr"
I386_PROTOTYPES["clone"] = BACKWARDS_CLONE
AARCH64_PROTOTYPES = {"clone": BACKWARDS_CLONE}
X32_PROTOTYPES = {
    "preadv": "unsigned long fd, const struct iovec * vec, unsigned long vlen, loff_t pos",
    "pwritev": "unsigned long fd, const struct iovec * vec, unsigned long vlen, loff_t pos",
    "preadv2": "unsigned long fd, const struct iovec * vec, unsigned long vlen, loff_t pos, rwf_t flags",
    "pwritev2": "unsigned long fd, const struct iovec * vec, unsigned long vlen, loff_t pos, rwf_t flags",
}

# Numbers that a header lists and no kernel implements (or whose prototype is not certain): six raw arguments.
UNKNOWN = set("""_sysctl create_module get_kernel_syms query_module nfsservctl getpmsg putpmsg afs_syscall tuxcall
    security epoll_ctl_old epoll_wait_old vserver break stty gtty ftime prof lock mpx ulimit profil idle
    bdflush""".split())
UNKNOWN_64 = {"set_thread_area", "get_thread_area"}

# What an argument is: by (call, argument) first, then by argument name, then by its C type. `call` is the
# kernel's name (after ALIASES).
KIND_BY_CALL = {
    # strings that are no files
    "memfd_create.uname": "text", "add_key._type": "text", "add_key._description": "text",
    "request_key._type": "text", "request_key._description": "text", "request_key._callout_info": "text",
    "fsopen._fs_name": "text", "fsconfig._key": "text", "mount.type": "text", "mq_open.u_name": "text",
    "mq_unlink.u_name": "text", "delete_module.name_user": "text", "init_module.uargs": "text",
    "finit_module.uargs": "text", "kexec_file_load.cmdline_ptr": "pointer",
    # strings and addresses that the kernel fills in
    "getcwd.buf": "path_out", "readlink.buf": "path_out", "readlinkat.buf": "path_out",
    "bind.umyaddr": "sockaddr_in", "connect.uservaddr": "sockaddr_in", "sendto.addr": "sockaddr_in",
    "accept.upeer_sockaddr": "sockaddr_out", "accept4.upeer_sockaddr": "sockaddr_out",
    "getsockname.usockaddr": "sockaddr_out", "getpeername.usockaddr": "sockaddr_out",
    "recvfrom.addr": "sockaddr_out", "sendmsg.msg": "message_in", "sendmmsg.mmsg": "message_in",
    # names of files behind unusual argument names
    "acct.name": "path", "umount.name": "path", "name_to_handle_at.name": "path", "uselib.library": "path",
    "swapon.specialfile": "path", "swapoff.specialfile": "path", "quotactl.special": "path",
    "setdomainname.name": "pointer", "sethostname.name": "pointer", "newuname.name": "pointer",
    "oldolduname.name": "pointer", "olduname.name": "pointer",
    # flags
    "open.flags": "open_flags", "openat.flags": "open_flags", "open_by_handle_at.flags": "open_flags",
    "mq_open.oflag": "open_flags", "pipe2.flags": "fd_flags", "dup3.flags": "fd_flags",
    "epoll_create1.flags": "fd_flags", "inotify_init1.flags": "fd_flags", "signalfd4.flags": "fd_flags",
    "timerfd_create.flags": "fd_flags", "userfaultfd.flags": "fd_flags", "eventfd2.flags": "eventfd_flags",
    "accept4.flags": "socket_flags",
    "newfstatat.flag": "at_flags", "fstatat64.flag": "at_flags", "fchownat.flag": "at_flags",
    "linkat.flags": "at_flags", "execveat.flags": "at_flags", "utimensat.flags": "at_flags",
    "statx.flags": "at_flags", "fchmodat2.flags": "at_flags", "name_to_handle_at.flag": "at_flags",
    "mount_setattr.flags": "at_flags", "unlinkat.flag": "unlink_flags", "faccessat2.flags": "faccess_flags",
    "open_tree.flags": "open_tree_flags", "open_tree_attr.flags": "open_tree_flags",
    "access.mode": "access_mode", "faccessat.mode": "access_mode", "faccessat2.mode": "access_mode",
    "umask.mask": "mode", "fallocate.mode": "fallocate_mode", "renameat2.flags": "rename_flags",
    "mmap.flags": "mmap_flags", "mmap2.flags": "mmap_flags", "mremap.flags": "mremap_flags",
    "msync.flags": "msync_flags", "mlockall.flags": "mlockall_flags", "mlock2.flags": "hex",
    "madvise.behavior": "madvice", "process_madvise.behavior": "madvice",
    "fadvise64.advice": "fadvice", "fadvise64_64.advice": "fadvice",
    "clone.clone_flags": "clone_flags", "unshare.unshare_flags": "namespace_flags", "setns.flags": "namespace_flags",
    "wait4.options": "wait_options", "waitid.options": "wait_options", "waitpid.options": "wait_options",
    "waitid.which": "wait_id_type", "mount.flags": "mount_flags", "umount.flags": "umount_flags",
    "sendto.flags": "message_flags", "sendmsg.flags": "message_flags", "sendmmsg.flags": "message_flags",
    "recvfrom.flags": "message_flags", "recvmsg.flags": "message_flags", "recvmmsg.flags": "message_flags",
    "getrandom.flags": "getrandom_flags", "memfd_create.flags": "memfd_flags",
    "splice.flags": "splice_flags", "tee.flags": "splice_flags", "vmsplice.flags": "splice_flags",
    "close_range.flags": "close_range_flags", "clock_nanosleep.flags": "timer_flags",
    "timer_settime.flags": "timer_flags", "timerfd_settime.flags": "timer_flags",
    "setxattr.flags": "xattr_flags", "lsetxattr.flags": "xattr_flags", "fsetxattr.flags": "xattr_flags",
    "inotify_add_watch.mask": "inotify_mask", "semget.semflg": "ipc_get_flags", "shmget.shmflg": "ipc_get_flags",
    "msgget.msgflg": "ipc_get_flags",
    # one of a list
    "lseek.whence": "whence", "_llseek.whence": "whence", "flock.cmd": "flock_operation",
    "fcntl.cmd": "fcntl_command", "fcntl.arg": "fcntl_argument", "ioctl.cmd": "ioctl_command",
    "ioctl.arg": "hex", "epoll_ctl.op": "epoll_operation", "futex.op": "futex_operation",
    "prctl.option": "prctl_option", "prctl.arg2": "prctl_argument", "arch_prctl.option": "arch_prctl_option",
    "rt_sigprocmask.how": "sigmask_how", "sigprocmask.how": "sigmask_how", "shutdown.how": "shutdown_how",
    "socket.family": "address_family", "socketpair.family": "address_family",
    "socket.type": "socket_type", "socketpair.type": "socket_type",
    "socket.protocol": "socket_protocol", "socketpair.protocol": "socket_protocol",
    "setsockopt.level": "socket_level", "getsockopt.level": "socket_level",
    "setsockopt.optname": "socket_option", "getsockopt.optname": "socket_option",
    "getitimer.which": "interval_timer", "setitimer.which": "interval_timer",
    "getpriority.which": "priority_kind", "setpriority.which": "priority_kind", "getrusage.who": "rusage_who",
    "seccomp.op": "seccomp_operation", "ptrace.request": "ptrace_request", "bpf.cmd": "bpf_command",
    "keyctl.option": "keyctl_operation", "membarrier.cmd": "membarrier_command", "reboot.cmd": "reboot_command",
    "reboot.magic1": "hex", "reboot.magic2": "hex", "fsconfig.cmd": "fsconfig_command",
    "semctl.cmd": "ipc_command", "shmctl.cmd": "ipc_command", "msgctl.cmd": "ipc_command",
    "socketcall.call": "socketcall_call", "socketcall.args": "socketcall_arguments", "ipc.call": "ipc_call",
    "personality.personality": "hex",
    # names that mean something else elsewhere
    "membarrier.cpu_id": "integer", "fsconfig.aux": "integer", "rseq.sig": "hex",
    "perf_event_open.group_fd": "fd", "pidfd_getfd.fd": "integer",
    "ptrace.pid": "pid", "get_robust_list.pid": "pid", "sigsuspend.mask": "hex", "ssetmask.newmask": "hex",
}
KIND_BY_NAME = {
    **dict.fromkeys("fd epfd oldfd newfd fildes in_fd out_fd fd_in fd_out fdin fdout ufd fanotify_fd pidfd "
                    "ruleset_fd fs_fd mqdes kernel_fd initrd_fd".split(), "fd"),
    **dict.fromkeys("dfd olddfd newdfd mountdirfd from_dfd to_dfd".split(), "dirfd"),
    **dict.fromkeys("brk newsp tls addr start new_addr entry".split(), "pointer"),
    "sig": "signal", "prot": "mmap_prot", "resource": "resource", "clockid": "clock_id",
    "which_clock": "clock_id", "policy": "sched_policy", "dev": "hex",
}
KIND_BY_TYPE = {
    "umode_t": "mode", "pid_t": "pid", "aio_context_t": "hex", "old_sigset_t": "hex", "__u64": "hex",
    **dict.fromkeys("uid_t gid_t old_uid_t old_gid_t qid_t".split(), "user_id"),
}
# Arguments that name a file where their type is char *.
PATH_NAMES = set("""filename pathname path oldname newname from_pathname to_pathname new_root put_old dir_name
    dev_name""".split())
# Pointers that do not look it.
POINTER_TYPES = {"cap_user_header_t", "cap_user_data_t", "const cap_user_data_t", "__sighandler_t"}

# What a call returns when it succeeds; an integer unless it is here.
RESULTS = {
    **dict.fromkeys("mmap mmap2 mremap brk shmat map_shadow_stack".split(), "pointer"),
    "umask": "mode", "personality": "hex",
    **dict.fromkeys("""open openat openat2 creat socket accept accept4 dup dup2 dup3 epoll_create epoll_create1
        eventfd eventfd2 inotify_init inotify_init1 signalfd signalfd4 timerfd_create memfd_create memfd_secret
        userfaultfd pidfd_open pidfd_getfd open_by_handle_at open_tree open_tree_attr fsopen fsmount fspick
        fanotify_init perf_event_open io_uring_setup landlock_create_ruleset mq_open""".split(), "fd"),
}
