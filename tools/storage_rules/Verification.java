import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.common.util.concurrent.SettableFuture;
import com.google.firebase.rules.partners.services.firebasestorage.FirebaseStorageCreateContextConverter;
import com.google.firebase.rules.partners.services.firebasestorage.FirebaseStorageDeleteContextConverter;
import com.google.firebase.rules.partners.services.firebasestorage.FirebaseStorageGetContextConverter;
import com.google.firebase.rules.partners.services.firebasestorage.FirebaseStorageListContextConverter;
import com.google.firebase.rules.partners.services.firebasestorage.FirebaseStorageService.FirebaseStorageCreateContext;
import com.google.firebase.rules.partners.services.firebasestorage.FirebaseStorageService.FirebaseStorageDeleteContext;
import com.google.firebase.rules.partners.services.firebasestorage.FirebaseStorageService.FirebaseStorageGetContext;
import com.google.firebase.rules.partners.services.firebasestorage.FirebaseStorageService.FirebaseStorageListContext;
import com.google.firebase.rules.partners.services.firebasestorage.FirebaseStorageService.FirebaseStorageUpdateContext;
import com.google.firebase.rules.partners.services.firebasestorage.FirebaseStorageUpdateContextConverter;
import com.google.firebase.rules.runtime.common.EvaluationRestrictions;
import com.google.firebase.rules.runtime.evaluators.AuthRuleEvaluator.RuleContext;
import com.google.firebase.rules.runtime.impl.DefaultEvaluator;
import com.google.firebase.rules.runtime.tracking.GranularExpressionListener;
import com.google.firebase.rules.runtime.tracking.PermissionTrace;
import com.google.firebase.rules.runtime.utils.ExpressionValueUtils;
import com.google.firebase.rules.runtime.v1.ExpressionMapValue;
import com.google.firebase.rules.runtime.v1.ExpressionPathSegmentValue;
import com.google.firebase.rules.runtime.v1.ExpressionPathValue;
import com.google.firebase.rules.runtime.v1.ExpressionValue;
import com.google.firebase.rules.runtime.v1.RulesetAst;
import com.google.firebase.rules.v1.SourcePosition;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The decision on one access, with the documents that the rules read for it. */
final class Verification
    implements FirebaseStorageGetContext,
        FirebaseStorageListContext,
        FirebaseStorageCreateContext,
        FirebaseStorageUpdateContext,
        FirebaseStorageDeleteContext {
  private static final int LIMIT_SECONDS = 20;

  private final String method;
  private final ExpressionPathValue path;
  private final ExpressionValue request;
  private final ExpressionValue resource;
  private final Consumer<String> fetch;
  private final Executor executor;
  private final Map<String, ListenableFuture<ExpressionValue>> documents = new HashMap<>();
  private final Deque<Pending> pending = new ArrayDeque<>();

  private record Pending(String path, SettableFuture<ExpressionValue> value) {}

  /**
   * Prepares a decision.
   *
   * @param fetch asks for the Firestore document at a path, which is then given to onDocument
   * @param executor runs what waits for a document
   */
  Verification(JsonObject context, Consumer<String> fetch, Executor executor) throws IOException {
    JsonObject variables = context.getAsJsonObject("variables");
    method = context.get("method").getAsString();
    path = Values.path(context.get("path").getAsString());
    request = Values.fromJson(variables.get("request"));
    resource = Values.fromJson(variables.get("resource"));
    this.fetch = fetch;
    this.executor = executor;
  }

  /** Returns whether the rules permit the access; where they do not, adds why to the warnings. */
  boolean permits(RulesetAst ruleset, List<String> warnings) throws Exception {
    GranularExpressionListener listener = new GranularExpressionListener();
    DefaultEvaluator evaluator =
        new DefaultEvaluator(
            ruleset,
            ImmutableList.of(() -> listener),
            EvaluationRestrictions.builder().build());
    boolean permits =
        evaluator.evaluate(ruleContext()).get(LIMIT_SECONDS, TimeUnit.SECONDS).permit();
    if (!permits) {
      listener.traces().stream()
          .map(PermissionTrace::error)
          .flatMap(error -> error.stream())
          .distinct()
          .forEach(warnings::add);
    }
    return permits;
  }

  private RuleContext ruleContext() {
    return switch (method) {
      case "get", "read" -> FirebaseStorageGetContextConverter.convert(this);
      case "list" -> FirebaseStorageListContextConverter.convert(this);
      case "create" -> FirebaseStorageCreateContextConverter.convert(this);
      case "update", "write" -> FirebaseStorageUpdateContextConverter.convert(this);
      case "delete" -> FirebaseStorageDeleteContextConverter.convert(this);
      default -> throw new IllegalArgumentException("unknown method " + method);
    };
  }

  @Override
  public ExpressionPathValue path() {
    return path;
  }

  @Override
  public ExpressionMapValue request() {
    return request.getMapValue();
  }

  @Override
  public ListenableFuture<ExpressionValue> resource() {
    return Futures.immediateFuture(resource);
  }

  @Override
  public ExpressionValue debug(ExpressionValue value) {
    return value;
  }

  @Override
  public ListenableFuture<ExpressionValue> firestoreGet(
      ExpressionPathValue documentPath, SourcePosition position) {
    return document(documentPath);
  }

  @Override
  public ListenableFuture<ExpressionValue> firestoreExists(
      ExpressionPathValue documentPath, SourcePosition position) {
    return Futures.transform(
        document(documentPath),
        value -> ExpressionValueUtils.createValue(!ExpressionValueUtils.isNull(value)),
        MoreExecutors.directExecutor());
  }

  /** Fetches one document after another: firebase-tools keeps one answer in mind per decision. */
  private synchronized ListenableFuture<ExpressionValue> document(ExpressionPathValue value) {
    StringBuilder name = new StringBuilder();
    for (ExpressionPathSegmentValue segment : value.getSegmentsList()) {
      name.append('/').append(segment.getSimple());
    }
    return documents.computeIfAbsent(name.toString(), this::enqueue);
  }

  private ListenableFuture<ExpressionValue> enqueue(String documentPath) {
    SettableFuture<ExpressionValue> value = SettableFuture.create();
    pending.add(new Pending(documentPath, value));
    if (pending.size() == 1) {
      fetch.accept(documentPath);
    }
    return value;
  }

  /** Takes the answer to the oldest open fetch. */
  synchronized void onDocument(JsonObject answer) {
    SettableFuture<ExpressionValue> value = pending.remove().value();
    if (!pending.isEmpty()) {
      fetch.accept(pending.peek().path());
    }
    executor.execute(() -> settle(value, answer)); // evaluation goes on there, not on the reader
  }

  private static void settle(SettableFuture<ExpressionValue> value, JsonObject answer) {
    try {
      boolean found = answer.get("status").getAsString().equals("ok");
      value.set(
          found ? Values.document(answer.getAsJsonObject("result")) : ExpressionValueUtils.NULL);
    } catch (Exception fault) {
      value.setException(fault);
    }
  }
}
