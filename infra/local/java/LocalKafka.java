import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.utils.Time;

/**
 * Apache Kafka as one node on 127.0.0.1 (KRaft, broker and controller), from its published jars. For tests.
 *
 * <p>Arguments: port, the controller's port, the port that clients are told (another one where a proxy stands before it),
 * folder; {@code detached} as a fifth lets it outlive its starter.
 */
public final class LocalKafka {
  private static final String SETTINGS =
      """
      process.roles=broker,controller
      node.id=1
      controller.quorum.voters=1@127.0.0.1:%2$s
      listeners=PLAINTEXT://127.0.0.1:%1$s,CONTROLLER://127.0.0.1:%2$s
      advertised.listeners=PLAINTEXT://127.0.0.1:%3$s
      controller.listener.names=CONTROLLER
      listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
      log.dirs=%4$s/logs
      auto.create.topics.enable=false
      default.replication.factor=1
      offsets.topic.replication.factor=1
      offsets.topic.num.partitions=4
      transaction.state.log.replication.factor=1
      transaction.state.log.min.isr=1
      group.initial.rebalance.delay.ms=0
      """;

  public static void main(String[] arguments) throws Exception {
    LifeWithStarter.begin(arguments, 4);
    Path folder = Files.createDirectories(Path.of(arguments[3]));
    String settings = SETTINGS.formatted((Object[]) arguments);
    Path file = Files.writeString(folder.resolve("server.properties"), settings);
    String[] format = {"format", "--ignore-formatted", "--cluster-id", "AAAAAAAAAAAAAAAAAAAAAQ", "--config", file.toString()};
    int exitCode = StorageTool.execute(format, new PrintStream(OutputStream.nullOutputStream()));
    if (exitCode != 0) throw new IllegalStateException("the folder could not be formatted: " + folder);
    Properties properties = new Properties();
    properties.load(new StringReader(settings));
    KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown));
    server.startup();
    System.out.println("listening");
    server.awaitShutdown();
  }
}
