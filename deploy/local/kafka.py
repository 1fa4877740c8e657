"""The embedded broker: Apache Kafka in KRaft mode, one node that is controller and broker."""

from dataclasses import dataclass
from pathlib import Path

from deploy.local.children import run_tool
from deploy.local.jars import JAVA, read_classpath
from deploy.local.readiness import answers_kafka
from deploy.local.units import Process

MEMORY = ("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC")
LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)


class FormatError(Exception):
    """Kafka refused to format its storage."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker keeps its log, listens, and which cluster it is."""

    folder: Path
    port: int
    controller_port: int
    cluster: str

    @property
    def properties(self) -> Path:
        return self.folder / "server.properties"

    def render_properties(self) -> str:
        return "\n".join(
            (
                "process.roles=broker,controller",
                "node.id=1",
                f"controller.quorum.voters=1@127.0.0.1:{self.controller_port}",
                f"listeners=PLAINTEXT://127.0.0.1:{self.port}"
                f",CONTROLLER://127.0.0.1:{self.controller_port}",
                f"advertised.listeners=PLAINTEXT://127.0.0.1:{self.port}",
                "controller.listener.names=CONTROLLER",
                f"log.dirs={self.folder / 'log'}",
                "offsets.topic.replication.factor=1",
                "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1",
                "share.coordinator.state.topic.replication.factor=1",
                "share.coordinator.state.topic.min.isr=1",
                "group.initial.rebalance.delay.ms=0",
                "auto.create.topics.enable=false",
                "",
            )
        )

    async def prepare(self) -> None:
        """Write the settings and format the log where that has not been done."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.properties.write_text(self.render_properties(), "utf-8")
        classpath = read_classpath("kafka")
        self.arguments.write_text(f"-cp\n{classpath}\n", "utf-8")
        if not (self.folder / "log" / "meta.properties").exists():
            await self._format()

    @property
    def arguments(self) -> Path:
        return self.folder / "java.arguments"

    def java(self, main_class: str, *rest: str) -> tuple[str, ...]:
        return (str(JAVA), *MEMORY, *LOGGING, f"@{self.arguments}", main_class, *rest)

    async def _format(self) -> None:
        command = self.java(
            "kafka.tools.StorageTool",
            *("format", "--ignore-formatted", "-t", self.cluster, "-c", str(self.properties)),
        )
        code, said = await run_tool(command)
        if code:
            raise FormatError(f"Kafka's log could not be formatted: {said}")


def declare_broker(broker: Broker, after: tuple[str, ...] = ()) -> Process:
    return Process(
        name="kafka",
        command=broker.java("kafka.Kafka", str(broker.properties)),
        after=after,
        prepare=broker.prepare,
        is_ready=answers_kafka("127.0.0.1", broker.port),
        stop_seconds=20,
    )
