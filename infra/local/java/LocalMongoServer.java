import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/**
 * A server of MongoDB's protocol on 127.0.0.1 that keeps its data in one file: what it has acknowledged outlives
 * {@code kill -9}. For tests; its speed says nothing about MongoDB's.
 *
 * <p>Arguments: port, folder; {@code detached} as a third lets it outlive its starter.
 */
public final class LocalMongoServer {
  /** The first commands of today's drivers are refused by servers below wire version 8; mongo-java-server's own stop there. */
  private static final MongoVersion VERSION =
      new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
          return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
          return 13;
        }
      };

  private static final Set<String> READS =
      Set.of("find", "getMore", "aggregate", "count", "hello", "ismaster", "isMaster", "ping", "listIndexes", "listCollections");

  public static void main(String[] arguments) throws IOException {
    LifeWithStarter.begin(arguments, 2);
    int port = Integer.parseInt(arguments[0]);
    Path file = Files.createDirectories(Path.of(arguments[1])).resolve("documents.mv");
    MVStore store = new MVStore.Builder().fileName(file.toString()).autoCommitDisabled().open();
    H2Backend backend =
        new H2Backend(store) {
          /** One write at a time: it changes documents where they are, which nobody may be storing meanwhile. */
          @Override
          public Document handleMessage(MongoMessage message) {
            if (READS.contains(message.getDocument().keySet().iterator().next())) return super.handleMessage(message);
            synchronized (store) {
              Document answer = super.handleMessage(message);
              store.commit();
              return answer;
            }
          }

          @Override
          protected MongoDatabase openOrCreateDatabase(String name) {
            return openDatabase(name, store, getCursorRegistry());
          }
        };
    backend.version(VERSION);
    MongoServer server = new MongoServer(backend);
    server.bind(new InetSocketAddress("127.0.0.1", port));
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    System.out.println("listening");
  }

  /** Its maps are named as the base expects them. Those that are open already are taken as they are, with these types. */
  private static MongoDatabase openDatabase(String name, MVStore store, CursorRegistry cursors) {
    return new H2Database(name, store, cursors) {
      @Override
      protected MongoCollection<Object> openOrCreateCollection(String collection, CollectionOptions options) {
        String namespace = getFullCollectionNamespace(collection);
        MVMap<Object, Document> documents =
            store.openMap("databases." + namespace, new MVMap.Builder<Object, Document>().valueType(BsonTypes.DOCUMENTS));
        MVMap<String, Object> properties = store.openMap("meta." + namespace);
        return new PagedCollection(this, collection, options, documents, properties, cursors);
      }

      @Override
      protected Index<Object> openOrCreateUniqueIndex(
          String collection, String index, List<IndexKey> keys, boolean sparse) {
        String map = getFullCollectionNamespace(collection) + "._index_" + index;
        store.openMap(map, new MVMap.Builder<KeyValue, Object>().keyType(BsonTypes.KEYS));
        return super.openOrCreateUniqueIndex(collection, index, keys, sparse);
      }
    };
  }
}
