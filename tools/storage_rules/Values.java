import com.google.firebase.rules.runtime.utils.ExpressionValueUtils;
import com.google.firebase.rules.runtime.v1.ExpressionListValue;
import com.google.firebase.rules.runtime.v1.ExpressionMapValue;
import com.google.firebase.rules.runtime.v1.ExpressionPathValue;
import com.google.firebase.rules.runtime.v1.ExpressionValue;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import com.google.protobuf.util.JsonFormat;
import com.google.protobuf.util.Timestamps;
import com.google.type.LatLng;
import java.io.IOException;
import java.text.ParseException;
import java.util.Base64;
import java.util.Map;

/** Values of the rules language, from what firebase-tools and Firestore send. */
final class Values {
  private Values() {}

  /** Returns the path whose segments are separated by slashes. */
  static ExpressionPathValue path(String text) {
    ExpressionPathValue.Builder path = ExpressionPathValue.newBuilder();
    for (String segment : text.split("/")) {
      if (!segment.isEmpty()) {
        path.addSegments(ExpressionValueUtils.simpleSegment(segment));
      }
    }
    return path.build();
  }

  /** Returns a value that firebase-tools sends in the JSON form of the engine's own message. */
  static ExpressionValue fromJson(JsonElement json) throws IOException {
    if (json == null || json.isJsonNull()) {
      return ExpressionValueUtils.NULL;
    }
    ExpressionValue.Builder value = ExpressionValue.newBuilder();
    JsonFormat.parser()
        .ignoringUnknownFields()
        .merge(StorageRulesRuntime.GSON.toJson(json), value);
    return value.build();
  }

  /** Returns a document of Firestore's REST interface as rules see it: data, id and __name__. */
  static ExpressionValue document(JsonObject document) throws ParseException {
    String name = document.get("name").getAsString();
    return ofMap(
        ExpressionMapValue.newBuilder()
            .putFields("data", fields(document))
            .putFields(
                "id", ExpressionValueUtils.createValue(name.substring(name.lastIndexOf('/') + 1)))
            .putFields("__name__", reference(name)));
  }

  private static ExpressionValue fields(JsonObject holder) throws ParseException {
    ExpressionMapValue.Builder map = ExpressionMapValue.newBuilder();
    if (holder.has("fields")) {
      for (Map.Entry<String, JsonElement> field :
          holder.getAsJsonObject("fields").entrySet()) {
        map.putFields(field.getKey(), field(field.getValue().getAsJsonObject()));
      }
    }
    return ofMap(map);
  }

  private static ExpressionValue field(JsonObject typed) throws ParseException {
    Map.Entry<String, JsonElement> entry = typed.entrySet().iterator().next();
    JsonElement json = entry.getValue();
    ExpressionValue.Builder value = ExpressionValue.newBuilder();
    return switch (entry.getKey()) {
      case "nullValue" -> ExpressionValueUtils.NULL;
      case "booleanValue" -> value.setBoolValue(json.getAsBoolean()).build();
      case "integerValue" -> value.setIntValue(json.getAsLong()).build();
      case "doubleValue" -> value.setFloatValue(json.getAsDouble()).build();
      case "stringValue" -> value.setStringValue(json.getAsString()).build();
      case "timestampValue" ->
          value.setTimestampValue(Timestamps.parse(json.getAsString())).build();
      case "bytesValue" ->
          value
              .setBytesValue(ByteString.copyFrom(Base64.getDecoder().decode(json.getAsString())))
              .build();
      case "referenceValue" -> reference(json.getAsString());
      case "geoPointValue" -> value.setLatlngValue(point(json.getAsJsonObject())).build();
      case "arrayValue" -> value.setListValue(list(json.getAsJsonObject())).build();
      case "mapValue" -> fields(json.getAsJsonObject());
      default -> throw new IllegalArgumentException("unknown type " + entry.getKey());
    };
  }

  private static ExpressionListValue list(JsonObject array) throws ParseException {
    ExpressionListValue.Builder list = ExpressionListValue.newBuilder();
    if (array.has("values")) {
      for (JsonElement item : array.getAsJsonArray("values")) {
        list.addValues(field(item.getAsJsonObject()));
      }
    }
    return list.build();
  }

  private static LatLng point(JsonObject point) { // zero is left out on the wire
    LatLng.Builder value = LatLng.newBuilder();
    if (point.has("latitude")) {
      value.setLatitude(point.get("latitude").getAsDouble());
    }
    if (point.has("longitude")) {
      value.setLongitude(point.get("longitude").getAsDouble());
    }
    return value.build();
  }

  /** Returns projects/P/databases/D/documents/... as the path that rules see, without project. */
  private static ExpressionValue reference(String name) {
    return ExpressionValue.newBuilder()
        .setPathValue(path(name.substring(name.indexOf("/databases/"))))
        .build();
  }

  private static ExpressionValue ofMap(ExpressionMapValue.Builder map) {
    return ExpressionValue.newBuilder().setMapValue(map).build();
  }
}
