#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ivm/row.h"
#include "engine/triples/cell.h"

// Values between PostgreSQL's types and JSON: in answers as row_to_json writes them, in facts so that they come back
// as they were.
namespace laterbase::views {

// As row_to_json has it: numbers bare (NaN and infinities in quotes), times in ISO 8601, bytea as "\\x…".
void append_json(std::string& out, const ivm::Value& value, ivm::Type type);
// The first `columns` of a row as {"name":value,…}.
void append_object(std::string& out, ivm::RowView row, const ivm::Schema& schema,
                   const std::vector<std::size_t>& columns);
void append_quoted(std::string& out, std::string_view text);
// As COPY … CSV: quoted where it has to be, NULL empty.
void append_csv(std::string& out, const ivm::Value& value, ivm::Type type);

// A fact's value. The same as append_json but for JSONB's null, which is not SQL's NULL: {"@json":null}.
void append_fact_value(std::string& out, const ivm::Value& value, ivm::Type type);

// The subject of a row with this key: the text of a single column, a JSON array of texts of several. Equal keys have
// one subject.
std::string subject_of(const std::vector<ivm::Value>& key, const triples::Shape& shape);

// Facts' values and subjects, in PostgreSQL's types.
class FactValues : public triples::ValueReader {
 public:
  std::optional<ivm::Value> read(std::string_view json, const triples::Column& column) const override;
  std::optional<std::vector<ivm::Value>> read_subject(std::string_view subject,
                                                      const triples::Shape& shape) const override;
};

}  // namespace laterbase::views
