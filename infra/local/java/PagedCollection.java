import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.bson.Document;
import java.util.Set;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;

/**
 * A collection of which a page in the order of ids, {@code find({_id: {$gt: text}}).sort({_id: 1}).limit(n)}, reads its own
 * documents alone. Its base reads and sorts all documents for each page, so that an audit of 50,000 takes minutes.
 */
final class PagedCollection extends H2Collection {
  private final MVMap<Object, Document> documents;

  /** @param documents by id */
  PagedCollection(
      MongoDatabase database,
      String name,
      CollectionOptions options,
      MVMap<Object, Document> documents,
      MVMap<String, Object> properties,
      CursorRegistry cursors) {
    super(database, name, options, documents, properties, cursors);
    this.documents = documents;
  }

  @Override
  protected QueryResult matchDocuments(
      Document query, Document order, int toSkip, int limit, int batchSize, Document projection) {
    String behind = behindOf(query, order);
    if (behind == null || toSkip > 0 || limit <= 0) {
      return super.matchDocuments(query, order, toSkip, limit, batchSize, projection);
    }
    return matchDocumentsFromStream(
        textIdsBehind(behind).limit(limit), query, order, toSkip, limit, batchSize, projection);
  }

  /** The id behind which the page begins; null when it is another query. */
  private static String behindOf(Document query, Document order) {
    boolean isInOrderOfIds = order != null && order.keySet().equals(Set.of("_id")) && order.get("_id").equals(1);
    if (!isInOrderOfIds || !query.keySet().equals(Set.of("_id")) || !(query.get("_id") instanceof Document)) return null;
    Document range = (Document) query.get("_id");
    if (!range.keySet().equals(Set.of("$gt")) || !(range.get("$gt") instanceof String)) return null;
    return (String) range.get("$gt");
  }

  /** A range over text is one of text alone. */
  private Stream<Document> textIdsBehind(String behind) {
    Cursor<Object, Document> cursor = documents.cursor(behind);
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(cursor, 0), false)
        .dropWhile(behind::equals)
        .takeWhile(String.class::isInstance)
        .map(id -> cursor.getValue());
  }
}
