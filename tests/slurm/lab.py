"""A Slurm cluster of two nodes on this machine, for tests.

munged, slurmctld and one slurmd a node run in the foreground as children of the process that
started them, in a folder and on ports of their own. So several labs can run side by side, nothing
of the machine's own Slurm is touched, and they end with whoever started them.
"""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

DAEMONS = ["munged", "munge", "slurmctld", "slurmd", "sinfo", "sbatch", "srun"]
COMMANDS = ["sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun"]
SEARCHED = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin"])
STATES_OF_A_NODE_IN_ORDER = {"idle", "mixed", "allocated", "completing"}

# Seconds are short here: a dead node is noticed and its jobs are queued again within some ten.
# cred_expire is also how long a job that was queued again has to wait.
CONFIGURATION = """
ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
JobRequeue=1
EnforcePartLimits=ALL
MinJobAge=3600
SlurmctldTimeout=30
SlurmdTimeout=6
InactiveLimit=0
KillWait=5
OverTimeLimit=0
PropagateResourceLimits=NONE
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
DefMemPerCPU=500
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=4 RealMemory=8000 \
Gres=gpu:fake:1 State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=4 RealMemory=8000 \
Gres=gpu:fake:1 State=UNKNOWN
PartitionName=cpu Nodes=n1,n2 Default=YES DefaultTime=00:30:00 MaxTime=1-00:00:00 State=UP
PartitionName=gpu Nodes=n1,n2 DefaultTime=00:30:00 MaxTime=1-00:00:00 State=UP
PartitionName=urgent Nodes=n1,n2 DefaultTime=00:30:00 MaxTime=1-00:00:00 PriorityTier=10 State=UP
"""


class LabError(Exception):
    """The cluster does not do what a test needs; says what, and where its logs are."""


def missing_programs() -> list[str]:
    """Return the programs of Slurm and munge that this machine lacks."""
    return [name for name in DAEMONS if not shutil.which(name, path=SEARCHED)]


def free_ports(count: int) -> list[int]:
    """Return TCP ports that nothing listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Lab:
    """Two nodes ``n1`` and ``n2`` with 4 CPUs, 8000 MB and one GPU each that is none.

    All nodes are in the partitions ``cpu`` (the default) and ``gpu``, at most one day a job, and in
    ``urgent``, whose jobs pre-empt (requeue) those of the other two. There is no accounting
    database and no account: ``squeue`` knows ended jobs for an hour, ``sacct`` knows nothing.

    Attributes:
        folder: configuration, logs and state.
        environment: variables with which commands and Snakemake reach this cluster.
    """

    def __init__(self) -> None:
        # Not pytest's folder: a socket's path has at most 107 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="lab-"))
        self.folder.chmod(0o755)
        self.configuration = self.folder / "slurm.conf"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
        self.environment = kept | {
            "PATH": f"{self.folder}/bin{os.pathsep}{SEARCHED}",
            "SLURM_CONF": str(self.configuration),
        }
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start all daemons and wait for the nodes."""
        self._configure()
        self._start_munge()
        self._start("slurmctld", "-D", "-f", str(self.configuration))
        self.wait_for(lambda: self.succeeds("scontrol", "ping"), "slurmctld")
        for node in ("n1", "n2"):
            self.start_node(node)

    def stop(self) -> None:
        """Cancel all jobs, end the daemons and remove the folder."""
        try:
            if "slurmctld" in self.daemons:
                self.cancel_all()
        finally:
            for name in reversed(list(self.daemons)):
                self._end(name)
            shutil.rmtree(self.folder, ignore_errors=True)

    def start_node(self, node: str) -> None:
        """Start a node, or one again that was killed, and wait until it takes jobs."""
        self._start(f"slurmd {node}", "-D", "-N", node, "-f", str(self.configuration))
        self.wait_for(lambda: self.node_state(node) in STATES_OF_A_NODE_IN_ORDER, node)

    def kill_node(self, node: str) -> None:
        """Kill a node and all that runs on it, as a loss of power does."""
        self.daemons.pop(f"slurmd {node}").kill()
        processes = self.processes_on(node)
        # A step's daemon first: it would report that its processes ended.
        for process in sorted(processes, key=lambda one: one.name() != "slurmstepd"):
            process.kill()
        psutil.wait_procs(processes, timeout=10)

    def processes_on(self, node: str) -> list[psutil.Process]:
        """Return the processes of jobs on a node, and the step daemons above them."""
        found: dict[int, psutil.Process] = {}
        for process in psutil.process_iter():
            try:
                environment = process.environ()
                ours = f"{self.folder}/bin" in environment.get("PATH", "").split(os.pathsep)
                if ours and environment.get("SLURMD_NODENAME") == node:
                    above = [one for one in process.parents() if one.name() == "slurmstepd"]
                    family = [process, *above, *process.children(recursive=True)]
                    found |= {one.pid: one for one in family}
            except psutil.Error:
                continue
        return list(found.values())

    def node_state(self, node: str) -> str:
        """Return a node's state, as ``idle`` or ``down``."""
        # An asterisk is of a node that does not answer.
        return self.run("sinfo", "-h", "-n", node, "-p", "cpu", "-o", "%T").rstrip("*")

    def run(self, *command: str) -> str:
        """Run one of Slurm's commands; return what it prints.

        Raises:
            LabError: if it fails.
        """
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise LabError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def succeeds(self, *command: str) -> bool:
        """Tell whether a command ends with exit code 0."""
        try:
            self.run(*command)
        except LabError:
            return False
        return True

    def jobs(
        self, states: str = "pending,running,completing", under: Path | None = None
    ) -> list[str]:
        """Return the numbers of jobs in some states, of a working folder if one is given."""
        lines = self.run("squeue", "-h", "-t", states, "-o", "%i %Z").splitlines()
        found = [line.split(" ", 1) for line in lines]
        return [number for number, folder in found if under is None or folder == str(under)]

    def cancel_all(self) -> None:
        """Cancel all jobs and wait until they have ended."""
        jobs = self.jobs()
        if jobs:
            self.run("scancel", *jobs)
            self.wait_for(lambda: not self.jobs(), "the jobs' end")

    def wait_for(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Wait until a condition holds.

        Raises:
            LabError: if it does not in time, or a daemon has ended.
        """
        end = time.monotonic() + seconds
        while not condition():
            ended = [name for name, daemon in self.daemons.items() if daemon.poll() is not None]
            if ended or time.monotonic() > end:
                why = f"{ended[0]} has ended" if ended else f"not in {seconds:.0f} s"
                raise LabError(f"waiting for {what}: {why}\n{self.logs()}")
            time.sleep(0.1)

    def logs(self) -> str:
        """Return the last lines of all daemons' logs."""
        texts = {path.name: path.read_text()[-1500:] for path in sorted(self.folder.glob("*.log"))}
        return "\n".join(f"--- {name}\n{text}" for name, text in texts.items())

    def _configure(self) -> None:
        for folder in ("state", "spool/n1", "spool/n2", "bin"):
            (self.folder / folder).mkdir(parents=True)
        host = socket.gethostname().split(".")[0]
        values = {"host": host, "user": getpass.getuser(), "folder": self.folder}
        self.configuration.write_text(CONFIGURATION.format(ports=free_ports(3), **values))
        # It must be a device, whose name ends in the GPU's number.
        (self.folder / "nvidia0").symlink_to("/dev/null")
        gpus = f"AutoDetect=off\nNodeName=n[1-2] Name=gpu Type=fake File={self.folder}/nvidia0\n"
        (self.folder / "gres.conf").write_text(gpus)
        # The executor inside a job drops SLURM_CONF before it calls srun; PATH is kept.
        for command in COMMANDS:
            wrapper = self.folder / "bin" / command
            program = shutil.which(command, path=SEARCHED)
            wrapper.write_text(f'#!/bin/sh\nSLURM_CONF={self.configuration} exec {program} "$@"\n')
            wrapper.chmod(0o755)

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        options = {
            "key-file": key,
            "socket": self.folder / "munge.socket",
            "pid-file": self.folder / "munged.pid",
            "seed-file": self.folder / "munged.seed",
            "log-file": self.folder / "munged.log",
        }
        # --force: below a folder that all may write to.
        arguments = [f"--{name}={value}" for name, value in options.items()]
        self._start("munged", "--foreground", "--force", *arguments)
        self.wait_for(lambda: self.succeeds("munge", "-S", str(options["socket"]), "-n"), "munged")

    def _start(self, name: str, *arguments: str) -> None:
        program = shutil.which(name.split()[0], path=SEARCHED)
        with (self.folder / f"{name.replace(' ', '.')}.output.log").open("ab") as log:
            self.daemons[name] = subprocess.Popen(
                # It ends with this process, however that ends.
                ["setpriv", "--pdeathsig", "TERM", str(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
            )

    def _end(self, name: str) -> None:
        daemon = self.daemons.pop(name)
        daemon.terminate()
        try:
            daemon.wait(timeout=10)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
