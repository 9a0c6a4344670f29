import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.ValueComparator;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.bson.BsonDecoder;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;
import org.h2.mvstore.type.DataType;

/**
 * How documents and the keys of indexes lie in the file: as BSON. H2's own way for what it does not know is Java's
 * serialization, also to compare two keys; it takes most of a server's time.
 */
final class BsonTypes {
  static final DataType<Document> DOCUMENTS =
      new BasicDataType<>() {
        @Override
        public int getMemory(Document document) {
          return TYPICAL_DOCUMENT_BYTES;
        }

        @Override
        public void write(WriteBuffer out, Document document) {
          writeDocument(out, document);
        }

        @Override
        public Document read(ByteBuffer in) {
          return readDocument(in);
        }

        @Override
        public Document[] createStorage(int size) {
          return new Document[size];
        }
      };

  static final DataType<KeyValue> KEYS =
      new BasicDataType<>() {
        @Override
        public int getMemory(KeyValue key) {
          return TYPICAL_KEY_BYTES * key.size();
        }

        @Override
        public int compare(KeyValue one, KeyValue other) {
          int order = Integer.compare(one.size(), other.size());
          for (int at = 0; order == 0 && at < one.size(); at += 1) order = compareValues(one.get(at), other.get(at));
          return order;
        }

        /** A member that is missing is left out. */
        @Override
        public void write(WriteBuffer out, KeyValue key) {
          Document values = new Document();
          for (int at = 0; at < key.size(); at += 1) {
            if (!(key.get(at) instanceof Missing)) values.put(String.valueOf(at), key.get(at));
          }
          out.putVarInt(key.size());
          writeDocument(out, values);
        }

        @Override
        public KeyValue read(ByteBuffer in) {
          int size = DataUtils.readVarInt(in);
          Document document = readDocument(in);
          List<Object> values = new ArrayList<>(size);
          for (int at = 0; at < size; at += 1) values.add(document.getOrMissing(String.valueOf(at)));
          return new KeyValue(values);
        }

        @Override
        public KeyValue[] createStorage(int size) {
          return new KeyValue[size];
        }
      };

  private static final int TYPICAL_DOCUMENT_BYTES = 1_000;
  private static final int TYPICAL_KEY_BYTES = 60;
  private static final Comparator<Object> IN_MONGODBS_ORDER = ValueComparator.ascWithoutListHandling();

  /** 0 for equal values alone: null is no missing member. */
  private static int compareValues(Object one, Object other) {
    if (one instanceof String && other instanceof String) return ((String) one).compareTo((String) other);
    if (Objects.equals(one, other)) return 0;
    int order = IN_MONGODBS_ORDER.compare(one, other);
    return order == 0 ? kindOf(one).compareTo(kindOf(other)) : order;
  }

  private static String kindOf(Object value) {
    return value == null ? "" : value.getClass().getName();
  }

  private static void writeDocument(WriteBuffer out, Document document) {
    ByteBuf bytes = Unpooled.buffer(TYPICAL_DOCUMENT_BYTES);
    BsonEncoder.encodeDocument(document, bytes);
    out.putVarInt(bytes.readableBytes());
    out.put(bytes.nioBuffer());
  }

  private static Document readDocument(ByteBuffer in) {
    int size = DataUtils.readVarInt(in);
    Document document = BsonDecoder.decodeBson(Unpooled.wrappedBuffer(in.slice().limit(size)));
    in.position(in.position() + size);
    return document;
  }

  private BsonTypes() {}
}
