#!/usr/bin/python3
"""Writes words.inc, the names of flags and commands, beside itself.

Which names a kind of argument has is said here; their values come from the C compiler and the user headers
of this machine (linux-libc-dev, libc6-dev), which must be x86_64. A name that the headers do not have stops
the run. What differs on aarch64 is in AARCH64.

    ./generate_words.py
"""

import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


class Words:
    """`field`: the bits that hold one of `one_of`; `bits`: flags, composed ones first; `zero`: no flag at all."""

    def __init__(self, headers, one_of="", bits="", field=None, zero="0"):
        self.headers, self.zero = headers.split(), zero
        self.one_of, self.bits = one_of.split(), bits.split()
        self.field = field if field is not None else (0xffffffff if one_of else 0)


def prefixed(headers, prefix, without=""):
    """One of all macros that begin with the prefix."""
    source = "#define _GNU_SOURCE\n" + "".join(f"#include <{h}>\n" for h in headers.split())
    macros = run(["gcc", "-E", "-dM", "-x", "c", "-"], source)
    names = re.findall(rf"^#define ({prefix}\w+) .", macros, re.M)
    return Words(headers, " ".join(sorted(n for n in names if n not in without.split())))


def kinds():
    descriptors = "O_CLOEXEC O_NONBLOCK"
    at = "AT_SYMLINK_NOFOLLOW AT_NO_AUTOMOUNT AT_EMPTY_PATH AT_RECURSIVE"
    namespaces = ("CLONE_NEWTIME CLONE_NEWNS CLONE_NEWCGROUP CLONE_NEWUTS CLONE_NEWIPC CLONE_NEWUSER "
                  "CLONE_NEWPID CLONE_NEWNET")
    clone = ("CLONE_VM CLONE_FS CLONE_FILES CLONE_SIGHAND CLONE_PIDFD CLONE_PTRACE CLONE_VFORK CLONE_PARENT "
             "CLONE_THREAD CLONE_SYSVSEM CLONE_SETTLS CLONE_PARENT_SETTID CLONE_CHILD_CLEARTID "
             "CLONE_DETACHED CLONE_UNTRACED CLONE_CHILD_SETTID CLONE_IO ")
    return {
        "open_flags": Words("linux/fcntl.h", "O_RDONLY O_WRONLY O_RDWR",
                            "O_TMPFILE O_SYNC O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_DSYNC "
                            "O_DIRECT O_LARGEFILE O_DIRECTORY O_NOFOLLOW O_NOATIME O_CLOEXEC O_PATH FASYNC", 3),
        "fd_flags": Words("linux/fcntl.h", bits=descriptors + " O_DIRECT"),
        "eventfd_flags": Words("sys/eventfd.h", bits="EFD_SEMAPHORE EFD_CLOEXEC EFD_NONBLOCK"),
        "socket_flags": Words("sys/socket.h", bits="SOCK_CLOEXEC SOCK_NONBLOCK"),
        "at_flags": Words("linux/fcntl.h", bits=f"AT_STATX_FORCE_SYNC AT_STATX_DONT_SYNC AT_SYMLINK_FOLLOW {at}"),
        "unlink_flags": Words("linux/fcntl.h", bits="AT_REMOVEDIR"),
        "faccess_flags": Words("linux/fcntl.h", bits=f"AT_EACCESS {at}"),
        "open_tree_flags": Words("linux/fcntl.h linux/mount.h", bits=f"OPEN_TREE_CLONE OPEN_TREE_CLOEXEC {at}"),
        "access_mode": Words("unistd.h", bits="R_OK W_OK X_OK", zero="F_OK"),
        "fallocate_mode": Words("linux/falloc.h", bits="FALLOC_FL_KEEP_SIZE FALLOC_FL_PUNCH_HOLE "
                                "FALLOC_FL_COLLAPSE_RANGE FALLOC_FL_ZERO_RANGE FALLOC_FL_INSERT_RANGE "
                                "FALLOC_FL_UNSHARE_RANGE"),
        "rename_flags": Words("linux/fs.h", bits="RENAME_NOREPLACE RENAME_EXCHANGE RENAME_WHITEOUT"),
        "mmap_prot": Words("linux/mman.h", bits="PROT_READ PROT_WRITE PROT_EXEC PROT_SEM PROT_GROWSDOWN "
                           "PROT_GROWSUP", zero="PROT_NONE"),
        "mmap_flags": Words("linux/mman.h", "MAP_SHARED MAP_PRIVATE MAP_SHARED_VALIDATE",
                            "MAP_FIXED MAP_ANONYMOUS MAP_32BIT MAP_GROWSDOWN MAP_DENYWRITE MAP_EXECUTABLE "
                            "MAP_LOCKED MAP_NORESERVE MAP_POPULATE MAP_NONBLOCK MAP_STACK MAP_HUGETLB MAP_SYNC "
                            "MAP_FIXED_NOREPLACE", 0xf),
        "mremap_flags": Words("linux/mman.h", bits="MREMAP_MAYMOVE MREMAP_FIXED MREMAP_DONTUNMAP"),
        "msync_flags": Words("linux/mman.h", bits="MS_ASYNC MS_INVALIDATE MS_SYNC"),
        "mlockall_flags": Words("linux/mman.h", bits="MCL_CURRENT MCL_FUTURE MCL_ONFAULT"),
        "clone_flags": Words("linux/sched.h", bits=clone + namespaces.replace("CLONE_NEWTIME ", "")),
        "namespace_flags": Words("linux/sched.h", bits=f"{namespaces} CLONE_FS CLONE_FILES CLONE_SYSVSEM CLONE_VM "
                                 "CLONE_SIGHAND CLONE_THREAD"),
        "wait_options": Words("linux/wait.h", bits="WNOHANG WUNTRACED WEXITED WCONTINUED WNOWAIT __WNOTHREAD "
                              "__WALL __WCLONE"),
        "mount_flags": Words("linux/mount.h", bits="MS_RDONLY MS_NOSUID MS_NODEV MS_NOEXEC MS_SYNCHRONOUS "
                             "MS_REMOUNT MS_MANDLOCK MS_DIRSYNC MS_NOSYMFOLLOW MS_NOATIME MS_NODIRATIME MS_BIND "
                             "MS_MOVE MS_REC MS_SILENT MS_POSIXACL MS_UNBINDABLE MS_PRIVATE MS_SLAVE MS_SHARED "
                             "MS_RELATIME MS_STRICTATIME MS_LAZYTIME"),
        "umount_flags": Words("sys/mount.h", bits="MNT_FORCE MNT_DETACH MNT_EXPIRE UMOUNT_NOFOLLOW"),
        "message_flags": Words("sys/socket.h", bits="MSG_OOB MSG_PEEK MSG_DONTROUTE MSG_CTRUNC MSG_TRUNC "
                               "MSG_DONTWAIT MSG_EOR MSG_WAITALL MSG_FIN MSG_SYN MSG_CONFIRM MSG_RST MSG_ERRQUEUE "
                               "MSG_NOSIGNAL MSG_MORE MSG_WAITFORONE MSG_BATCH MSG_ZEROCOPY MSG_FASTOPEN "
                               "MSG_CMSG_CLOEXEC"),
        "getrandom_flags": Words("linux/random.h", bits="GRND_NONBLOCK GRND_RANDOM GRND_INSECURE"),
        "memfd_flags": Words("linux/memfd.h", bits="MFD_CLOEXEC MFD_ALLOW_SEALING MFD_HUGETLB"),
        "splice_flags": Words("fcntl.h", bits="SPLICE_F_MOVE SPLICE_F_NONBLOCK SPLICE_F_MORE SPLICE_F_GIFT"),
        "close_range_flags": Words("linux/close_range.h", bits="CLOSE_RANGE_UNSHARE CLOSE_RANGE_CLOEXEC"),
        "timer_flags": Words("linux/timerfd.h linux/time.h", bits="TIMER_ABSTIME TFD_TIMER_CANCEL_ON_SET"),
        "xattr_flags": Words("linux/xattr.h", bits="XATTR_CREATE XATTR_REPLACE"),
        "inotify_mask": Words("linux/inotify.h", bits="IN_ACCESS IN_MODIFY IN_ATTRIB IN_CLOSE_WRITE "
                              "IN_CLOSE_NOWRITE IN_OPEN IN_MOVED_FROM IN_MOVED_TO IN_CREATE IN_DELETE "
                              "IN_DELETE_SELF IN_MOVE_SELF IN_ONLYDIR IN_DONT_FOLLOW IN_EXCL_UNLINK "
                              "IN_MASK_CREATE IN_MASK_ADD IN_ISDIR IN_ONESHOT"),
        "ipc_get_flags": Words("linux/ipc.h", bits="IPC_CREAT IPC_EXCL IPC_NOWAIT"),
        "fd_cloexec": Words("linux/fcntl.h", bits="FD_CLOEXEC"),
        "file_seals": Words("linux/fcntl.h", bits="F_SEAL_SEAL F_SEAL_SHRINK F_SEAL_GROW F_SEAL_WRITE "
                            "F_SEAL_FUTURE_WRITE"),

        "whence": Words("linux/fs.h", "SEEK_SET SEEK_CUR SEEK_END SEEK_DATA SEEK_HOLE"),
        "flock_operation": Words("linux/fcntl.h", "LOCK_SH LOCK_EX LOCK_UN", "LOCK_NB", 0xb),
        "fcntl_command": prefixed("linux/fcntl.h", "F_(?:GET|SET|DUP|OFD|NOTIFY|CANCEL|ADD)"),
        "ioctl_command": Words("sys/ioctl.h linux/fs.h linux/sockios.h linux/if_tun.h",
                               "TCGETS TCSETS TCSETSW TCSETSF TCSBRK TCXONC TCFLSH TIOCEXCL TIOCSCTTY TIOCGPGRP "
                               "TIOCSPGRP TIOCOUTQ TIOCSTI TIOCGWINSZ TIOCSWINSZ FIONREAD TIOCLINUX FIONBIO "
                               "TIOCNOTTY TIOCSETD TIOCGETD TIOCGSID TIOCGPTN TIOCSPTLCK TIOCGPTPEER FIONCLEX "
                               "FIOCLEX FIOASYNC FICLONE FICLONERANGE FS_IOC_GETFLAGS FS_IOC_SETFLAGS SIOCGIFNAME "
                               "SIOCGIFCONF SIOCGIFFLAGS SIOCSIFFLAGS SIOCGIFADDR SIOCSIFADDR SIOCGIFMTU "
                               "SIOCGIFHWADDR SIOCGIFINDEX SIOCETHTOOL TUNSETIFF"),
        "epoll_operation": Words("linux/eventpoll.h", "EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CTL_MOD"),
        "futex_operation": Words("linux/futex.h", "FUTEX_WAIT FUTEX_WAKE FUTEX_FD FUTEX_REQUEUE FUTEX_CMP_REQUEUE "
                                 "FUTEX_WAKE_OP FUTEX_LOCK_PI FUTEX_UNLOCK_PI FUTEX_TRYLOCK_PI FUTEX_WAIT_BITSET "
                                 "FUTEX_WAKE_BITSET FUTEX_WAIT_REQUEUE_PI FUTEX_CMP_REQUEUE_PI FUTEX_LOCK_PI2",
                                 "FUTEX_PRIVATE_FLAG FUTEX_CLOCK_REALTIME", 0x7f),
        "prctl_option": prefixed("linux/prctl.h", "PR_(?:SET|GET|CAPBSET|CAP|TASK|MCE|MPX|PAC|SCHED|SVE|SME)_?",
                                 "PR_SET_PTRACER_ANY PR_CAP_AMBIENT_IS_SET PR_CAP_AMBIENT_RAISE "
                                 "PR_CAP_AMBIENT_LOWER PR_CAP_AMBIENT_CLEAR_ALL PR_SCHED_CORE_GET "
                                 "PR_SCHED_CORE_CREATE PR_SCHED_CORE_SHARE_TO PR_SCHED_CORE_SHARE_FROM "
                                 "PR_SCHED_CORE_MAX PR_SCHED_CORE_SCOPE_THREAD PR_SCHED_CORE_SCOPE_THREAD_GROUP "
                                 "PR_SCHED_CORE_SCOPE_PROCESS_GROUP PR_MCE_KILL_CLEAR PR_MCE_KILL_SET "
                                 "PR_MCE_KILL_LATE PR_MCE_KILL_EARLY PR_MCE_KILL_DEFAULT PR_SVE_VL_LEN_MASK "
                                 "PR_SVE_VL_INHERIT PR_SVE_SET_VL_ONEXEC PR_SME_VL_LEN_MASK PR_SME_VL_INHERIT "
                                 "PR_SME_SET_VL_ONEXEC PR_PAC_APIAKEY PR_PAC_APIBKEY PR_PAC_APDAKEY "
                                 "PR_PAC_APDBKEY PR_PAC_APGAKEY PR_SET_MM_START_CODE PR_SET_MM_END_CODE "
                                 "PR_SET_MM_START_DATA PR_SET_MM_END_DATA PR_SET_MM_START_STACK "
                                 "PR_SET_MM_START_BRK PR_SET_MM_BRK PR_SET_MM_ARG_START PR_SET_MM_ARG_END "
                                 "PR_SET_MM_ENV_START PR_SET_MM_ENV_END PR_SET_MM_AUXV PR_SET_MM_EXE_FILE "
                                 "PR_SET_MM_MAP PR_SET_MM_MAP_SIZE PR_SET_VMA_ANON_NAME"),
        "arch_prctl_option": prefixed("asm/prctl.h", "ARCH_"),
        "sigmask_how": Words("linux/signal.h", "SIG_BLOCK SIG_UNBLOCK SIG_SETMASK"),
        "shutdown_how": Words("sys/socket.h", "SHUT_RD SHUT_WR SHUT_RDWR"),
        "address_family": prefixed("sys/socket.h", "AF_", "AF_MAX AF_LOCAL AF_FILE AF_ROUTE"),
        "socket_type": Words("sys/socket.h", "SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET SOCK_DCCP "
                             "SOCK_PACKET", "SOCK_CLOEXEC SOCK_NONBLOCK", 0xf),
        "socket_level": Words("sys/socket.h netinet/in.h",
                              "SOL_SOCKET SOL_IP SOL_ICMPV6 IPPROTO_TCP IPPROTO_UDP SOL_IPV6 SOL_RAW SOL_PACKET "
                              "SOL_NETLINK SOL_ALG SOL_TLS IPPROTO_SCTP"),
        "ip_protocol": Words("netinet/in.h", "IPPROTO_IP IPPROTO_ICMP IPPROTO_IGMP IPPROTO_TCP IPPROTO_UDP "
                             "IPPROTO_DCCP IPPROTO_IPV6 IPPROTO_GRE IPPROTO_ESP IPPROTO_AH IPPROTO_ICMPV6 "
                             "IPPROTO_SCTP IPPROTO_UDPLITE IPPROTO_RAW IPPROTO_MPTCP"),
        "netlink_protocol": prefixed("linux/netlink.h", "NETLINK_(?!(?:ADD|DROP|PKT|BROAD|NO_|RX|TX|LIST|CAP|EXT|GET))",
                                     "NETLINK_INET_DIAG"),
        "socket_level_option": prefixed("asm/socket.h", "SO_", "SO_RCVTIMEO SO_SNDTIMEO SO_TIMESTAMP SO_TIMESTAMPNS "
                                        "SO_TIMESTAMPING SO_GET_FILTER SO_DETACH_BPF"),
        "ip_option": Words("linux/in.h", "IP_TOS IP_TTL IP_HDRINCL IP_OPTIONS IP_RECVOPTS IP_PKTINFO "
                           "IP_MTU_DISCOVER IP_RECVERR IP_RECVTTL IP_RECVTOS IP_MTU IP_FREEBIND IP_TRANSPARENT "
                           "IP_MULTICAST_IF IP_MULTICAST_TTL IP_MULTICAST_LOOP IP_ADD_MEMBERSHIP "
                           "IP_DROP_MEMBERSHIP IP_BIND_ADDRESS_NO_PORT IP_LOCAL_PORT_RANGE"),
        "ipv6_option": Words("linux/in6.h", "IPV6_UNICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_HOPS "
                             "IPV6_MULTICAST_LOOP IPV6_ADD_MEMBERSHIP IPV6_DROP_MEMBERSHIP IPV6_MTU_DISCOVER "
                             "IPV6_MTU IPV6_RECVERR IPV6_V6ONLY IPV6_RECVPKTINFO IPV6_PKTINFO "
                             "IPV6_RECVHOPLIMIT IPV6_HOPLIMIT IPV6_RECVTCLASS IPV6_TCLASS IPV6_FREEBIND"),
        "tcp_option": prefixed("linux/tcp.h", "TCP_(?!ESTABLISHED|MSS_|FLAG|S_DATA|COOKIE_|MD5SIG_|RECEIVE_|NLA|AO_|REPAIR_O|REPAIR_WINDOW)"),
        "interval_timer": Words("linux/time.h", "ITIMER_REAL ITIMER_VIRTUAL ITIMER_PROF"),
        "priority_kind": Words("linux/resource.h", "PRIO_PROCESS PRIO_PGRP PRIO_USER"),
        "rusage_who": Words("linux/resource.h", "RUSAGE_SELF RUSAGE_CHILDREN RUSAGE_THREAD"),
        "seccomp_operation": prefixed("linux/seccomp.h", "SECCOMP_(?:SET_MODE|GET)_"),
        "ptrace_request": prefixed("linux/ptrace.h", "PTRACE_(?!O_|EVENT|EVENTMSG|SYSCALL_INFO|PEEKSIGINFO_|RSEQ|_)",
                                   "PTRACE_SYSCALL_INFO_NONE"),
        "bpf_command": Words("linux/bpf.h", "BPF_MAP_CREATE BPF_MAP_LOOKUP_ELEM BPF_MAP_UPDATE_ELEM "
                             "BPF_MAP_DELETE_ELEM BPF_MAP_GET_NEXT_KEY BPF_PROG_LOAD BPF_OBJ_PIN BPF_OBJ_GET "
                             "BPF_PROG_ATTACH BPF_PROG_DETACH BPF_PROG_TEST_RUN BPF_PROG_GET_NEXT_ID "
                             "BPF_MAP_GET_NEXT_ID BPF_PROG_GET_FD_BY_ID BPF_MAP_GET_FD_BY_ID "
                             "BPF_OBJ_GET_INFO_BY_FD BPF_PROG_QUERY BPF_RAW_TRACEPOINT_OPEN BPF_BTF_LOAD "
                             "BPF_BTF_GET_FD_BY_ID BPF_TASK_FD_QUERY BPF_MAP_LOOKUP_AND_DELETE_ELEM BPF_MAP_FREEZE "
                             "BPF_BTF_GET_NEXT_ID BPF_MAP_LOOKUP_BATCH BPF_MAP_LOOKUP_AND_DELETE_BATCH "
                             "BPF_MAP_UPDATE_BATCH BPF_MAP_DELETE_BATCH BPF_LINK_CREATE BPF_LINK_UPDATE "
                             "BPF_LINK_GET_FD_BY_ID BPF_LINK_GET_NEXT_ID BPF_ENABLE_STATS BPF_ITER_CREATE "
                             "BPF_LINK_DETACH BPF_PROG_BIND_MAP"),
        "keyctl_operation": prefixed("linux/keyctl.h", "KEYCTL_(?!CAPS|SUPPORTS|MOVE_EXCL)", "KEYCTL_CAPS0_CAPABILITIES"),
        "membarrier_command": Words("linux/membarrier.h", "MEMBARRIER_CMD_QUERY MEMBARRIER_CMD_GLOBAL "
                                    "MEMBARRIER_CMD_GLOBAL_EXPEDITED MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED "
                                    "MEMBARRIER_CMD_PRIVATE_EXPEDITED MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED "
                                    "MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE "
                                    "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE "
                                    "MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ "
                                    "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ"),
        "reboot_command": prefixed("linux/reboot.h", "LINUX_REBOOT_CMD_"),
        "fsconfig_command": Words("linux/mount.h", "FSCONFIG_SET_FLAG FSCONFIG_SET_STRING FSCONFIG_SET_BINARY "
                                  "FSCONFIG_SET_PATH FSCONFIG_SET_PATH_EMPTY FSCONFIG_SET_FD FSCONFIG_CMD_CREATE "
                                  "FSCONFIG_CMD_RECONFIGURE"),
        "ipc_command": Words("linux/ipc.h linux/sem.h", "IPC_RMID IPC_SET IPC_STAT IPC_INFO GETPID GETVAL GETALL "
                             "GETNCNT GETZCNT SETVAL SETALL SEM_STAT SEM_INFO SEM_STAT_ANY", "IPC_64", 0xff),
        "socketcall_call": prefixed("linux/net.h", "SYS_"),
        "ipc_call": Words("linux/ipc.h", "SEMOP SEMGET SEMCTL SEMTIMEDOP MSGSND MSGRCV MSGGET MSGCTL SHMAT SHMDT "
                          "SHMGET SHMCTL", field=0xffff),
        "madvice": prefixed("asm-generic/mman-common.h", "MADV_"),
        "fadvice": prefixed("linux/fadvise.h", "POSIX_FADV_"),
        "clock_id": Words("linux/time.h", "CLOCK_REALTIME CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID "
                          "CLOCK_THREAD_CPUTIME_ID CLOCK_MONOTONIC_RAW CLOCK_REALTIME_COARSE "
                          "CLOCK_MONOTONIC_COARSE CLOCK_BOOTTIME CLOCK_REALTIME_ALARM CLOCK_BOOTTIME_ALARM "
                          "CLOCK_TAI"),
        "resource": prefixed("linux/resource.h", "RLIMIT_"),
        "sched_policy": Words("linux/sched.h", "SCHED_NORMAL SCHED_FIFO SCHED_RR SCHED_BATCH SCHED_IDLE "
                              "SCHED_DEADLINE", "SCHED_RESET_ON_FORK", 0xff),
        "wait_id_type": Words("linux/wait.h", "P_ALL P_PID P_PGID P_PIDFD"),
    }


# Newer than Debian 12's headers, or i386's own.
EXTRA = {
    "mmap_flags": {"MAP_DROPPABLE": 0x8},
    "memfd_flags": {"MFD_NOEXEC_SEAL": 0x8, "MFD_EXEC": 0x10},
    "file_seals": {"F_SEAL_EXEC": 0x20},
    "fcntl_command": {"F_GETLK64": 12, "F_SETLK64": 13, "F_SETLKW64": 14, "F_DUPFD_QUERY": 0x403,
                      "F_CREATED_QUERY": 0x404},
    "prctl_option": {"PR_SET_MDWE": 65, "PR_GET_MDWE": 66, "PR_SET_MEMORY_MERGE": 67, "PR_GET_MEMORY_MERGE": 68},
    "madvice": {"MADV_GUARD_INSTALL": 102, "MADV_GUARD_REMOVE": 103},
}

# Chosen by describe.cpp from another argument; the others are kinds of arguments.
INNER = {"fd_cloexec", "file_seals", "ip_protocol", "netlink_protocol", "socket_level_option", "ip_option",
         "ipv6_option", "tcp_option"}

AARCH64 = {
    "open_flags": {"O_TMPFILE": 0o20040000, "O_DIRECTORY": 0o40000, "O_NOFOLLOW": 0o100000, "O_DIRECT": 0o200000,
                   "O_LARGEFILE": 0o400000},
    "fd_flags": {"O_DIRECT": 0o200000},
    "mmap_flags": {"MAP_32BIT": None},
}


def main():
    out = ["// Names of flags and commands: kNAME_field holds one of a list, kNAME_bits flags.",
           "// Generated by generate_words.py; change that, not this.", "// clang-format off"]
    entries = []
    for name, words in kinds().items():
        values = {**evaluate(words.headers, words.one_of + words.bits), **EXTRA.get(name, {})}
        is_field = name == "mmap_flags" or not words.bits
        (words.one_of if is_field else words.bits).extend(EXTRA.get(name, {}))
        entries.append(emit(out, name, "", words, values))
        if name in AARCH64:
            changed = {w: AARCH64[name].get(w, v) for w, v in values.items()}
            entries.append(emit(out, name, "_aarch64", words, {w: v for w, v in changed.items() if v is not None}))
    out += entries
    out.append("#define DA_ARG_KINDS_WITH_WORDS(X) \\")
    out.append(" \\\n".join(f"  X({name})" for name in kinds() if name not in INNER))
    (HERE / "words.inc").write_text("\n".join(out) + "\n", encoding="ascii")
    print(f"{len(entries)} vocabularies")


def emit(out, name, suffix, words, values):
    """Adds the lists; returns the line that defines the vocabulary."""
    lists = []
    for kind, members in (("field", words.one_of), ("bits", words.bits)):
        members = [w for w in members if w in values]
        if kind == "field":
            members = first_of_each_value(members, values)
        if not members:
            lists.append("{}")
            continue
        array = f"k_{name}{suffix}_{kind}"
        rows = [f'{{{values[w]:#x}, "{w}"}}' for w in members]
        out.append(f"constexpr Word {array}[] = {{")
        out.extend("    " + ", ".join(rows[i:i + 4]) + "," for i in range(0, len(rows), 4))
        out.append("};")
        lists.append(array)
    return f'constexpr Vocabulary k_{name}{suffix} = {{{words.field:#x}, {lists[0]}, {lists[1]}, "{words.zero}"}};'


def first_of_each_value(names, values):
    chosen = {}
    for name in names:
        chosen.setdefault(values[name], name)
    return [chosen[value] for value in sorted(chosen)]


def evaluate(headers, names):
    """{name: value in 32 bits}, by a C program: enumerators and casts included."""
    includes = "".join(f"#include <{h}>\n" for h in headers)
    prints = "".join(f'  printf("{n} %u\\n", (unsigned)({n}));\n' for n in names)
    source = f"#define _GNU_SOURCE\n#include <stdio.h>\n{includes}int main(void) {{\n{prints}}}\n"
    program = HERE / "words.tmp"
    try:
        run(["gcc", "-w", "-x", "c", "-", "-o", str(program)], source)
        lines = run([str(program)]).splitlines()
    finally:
        program.unlink(missing_ok=True)
    return {name: int(value) for name, value in (line.split() for line in lines)}


def run(command, text=None):
    result = subprocess.run(command, input=text, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {result.stderr}")
    return result.stdout


if __name__ == "__main__":
    main()
