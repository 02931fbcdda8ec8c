#include "engine/ivm/type.h"

namespace laterbase::ivm {
namespace {

std::string name_of_kind(TypeKind kind) {
  switch (kind) {
    case TypeKind::unknown:
      return "unknown";
    case TypeKind::boolean:
      return "boolean";
    case TypeKind::integer:
      return "integer";
    case TypeKind::bigint:
      return "bigint";
    case TypeKind::real8:
      return "double precision";
    case TypeKind::numeric:
      return "numeric";
    case TypeKind::text:
      return "text";
    case TypeKind::bytea:
      return "bytea";
    case TypeKind::timestamptz:
      return "timestamp with time zone";
    case TypeKind::timestamp:
      return "timestamp without time zone";
    case TypeKind::date:
      return "date";
    case TypeKind::time:
      return "time without time zone";
    case TypeKind::interval:
      return "interval";
    case TypeKind::jsonb:
      return "jsonb";
    case TypeKind::array:
      return "array";
  }
  return "unknown";
}

}  // namespace

std::string name_of(Type type) {
  return type.kind == TypeKind::array ? name_of_kind(type.element) + "[]" : name_of_kind(type.kind);
}

}  // namespace laterbase::ivm
