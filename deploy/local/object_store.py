"""The embedded object store: S3Proxy over a folder."""

from dataclasses import dataclass
from pathlib import Path

from deploy.local.jars import JAVA, read_classpath
from deploy.local.readiness import answers_http
from deploy.local.units import Process
from deploy.private_files import write_private

MEMORY = ("-Xmx128m", "-XX:+UseSerialGC")

# Without a configuration of its own it logs at DEBUG, request bodies included.
LOGBACK = """<configuration>
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %level %logger{20} %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="STDOUT"/></root>
</configuration>
"""


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """Where objects are kept, and with which key they are served."""

    folder: Path
    port: int
    access_key: str
    secret_key: str

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def properties(self) -> Path:
        return self.folder / "s3proxy.properties"

    @property
    def logback(self) -> Path:
        return self.folder / "logback.xml"

    @property
    def arguments(self) -> Path:
        return self.folder / "java.arguments"

    def render_properties(self) -> str:
        return "\n".join(
            (
                "s3proxy.authorization=aws-v2-or-v4",
                f"s3proxy.endpoint={self.endpoint}",
                f"s3proxy.identity={self.access_key}",
                f"s3proxy.credential={self.secret_key}",
                "jclouds.provider=filesystem-nio2",
                f"jclouds.filesystem.basedir={self.folder / 'objects'}",
                "",
            )
        )

    async def prepare(self) -> None:
        (self.folder / "objects").mkdir(parents=True, exist_ok=True)
        write_private(self.properties, self.render_properties())
        self.logback.write_text(LOGBACK, "utf-8")
        classpath = read_classpath("object-store")
        self.arguments.write_text(f"-cp\n{classpath}\n", "utf-8")

    def command(self) -> tuple[str, ...]:
        return (
            str(JAVA),
            *MEMORY,
            f"-Dlogback.configurationFile={self.logback}",
            f"@{self.arguments}",
            "org.gaul.s3proxy.Main",
            "--properties",
            str(self.properties),
        )


def declare_object_store(store: ObjectStore, after: tuple[str, ...] = ()) -> Process:
    return Process(
        name="object-store",
        command=store.command(),
        after=after,
        prepare=store.prepare,
        is_ready=answers_http("127.0.0.1", store.port, status=None),
        stop_seconds=10,
    )
