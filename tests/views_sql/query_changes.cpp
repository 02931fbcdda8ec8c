#include "tests/views_sql/query_kinds.h"
#include "tests/views_sql/query_parts.h"
#include "tests/views_sql/query_writer.h"

// Tables, what is in them, and what changes it.
namespace laterbase::sql {

std::string QueryWriter::schema() {
  std::string text;
  const auto write = [&] {
    Table table{"t" + std::to_string(tables_.size()), {{"id", Kind::integer}}, chance(40)};
    std::string columns = table.keyed ? "id INTEGER PRIMARY KEY" : "id INTEGER";
    // The first ones are what joins are about.
    std::vector<Kind> kinds{Kind::integer, Kind::text};
    choices_.some(column_part, 4, 7, [&] { kinds.push_back(any_kind()); });
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      table.columns.push_back({std::string(1, static_cast<char>('a' + i)), kinds[i]});
      columns += ", " + table.columns.back().name + " " + std::string(type_name(kinds[i]));
    }
    text += "CREATE TABLE " + table.name + " (" + columns + ");\n";
    tables_.push_back(table);
    stored_ = tables_.size();
  };
  choices_.part(table_part, write);
  choices_.some(table_part, 3, 2, write);
  return text;
}

std::string QueryWriter::row(const Table& table) {
  std::string text;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    text += i == 0 ? "(" + std::to_string(below(40)) : ", " + literal(table.columns[i].kind);
  }
  return text + ")";
}

std::string QueryWriter::some_rows(const Table& table) {
  std::string text = " VALUES " + row(table);
  choices_.some(row_part, 4, 8, [&] { text += ", " + row(table); });
  return text;
}

std::string QueryWriter::insert(const Table& table) {
  std::string text = "INSERT INTO " + table.name;
  if (chance(12)) {
    std::string shown;
    for (const NamedColumn& column : table.columns) shown += (shown.empty() ? "" : ", ") + column.name;
    // Rows of its own, moved on.
    shown.replace(0, 2, "id + 20");
    text += " SELECT " + shown + " FROM " + table.name + " WHERE " + condition(table.columns, 1);
  } else {
    text += some_rows(table);
  }
  if (!table.keyed) return text + ";\n";
  if (chance(10)) return text + ";\n";  // may meet a key that is there
  const NamedColumn& column = table.columns[1 + below(table.columns.size() - 1)];
  if (chance(20)) {
    // One row: a second of the same key would be refused.
    return "INSERT INTO " + table.name + " VALUES " + row(table) + " ON CONFLICT (id) DO UPDATE SET " + column.name +
           " = excluded." + column.name + ";\n";
  }
  return text + " ON CONFLICT DO NOTHING;\n";
}

std::string QueryWriter::update(const Table& table) {
  const NamedColumn& column = table.columns[1 + below(table.columns.size() - 1)];
  std::string text = "UPDATE " + table.name + " SET " + column.name + " = ";
  text += chance(30) ? expression(column.kind, table.columns, 1) : literal(column.kind);
  const Table& other = tables_[below(stored_)];
  if (other.keyed && other.name != table.name && chance(20)) {
    // By a key: one row of the other at most.
    return text + " FROM " + other.name + " WHERE " + other.name + ".id = " + table.name + ".a" + ";\n";
  }
  return text + where(table.columns, 1, 90) + ";\n";
}

std::string QueryWriter::erase(const Table& table) {
  const Table& other = tables_[below(stored_)];
  if (other.name != table.name && chance(20)) {
    return "DELETE FROM " + table.name + " USING " + other.name + " WHERE " + other.name + ".a = " + table.name +
           ".id;\n";
  }
  if (chance(50)) {
    return "DELETE FROM " + table.name + " WHERE id % " + std::to_string(2 + below(4)) + " = " +
           std::to_string(below(3)) + ";\n";
  }
  return "DELETE FROM " + table.name + where(table.columns, 1, 95) + ";\n";
}

std::string QueryWriter::rows() {
  std::string text;
  for (std::size_t i = 0; i < stored_; ++i) {
    choices_.part(change_part, [&] {
      if (!chance(90)) return;
      text += "INSERT INTO " + tables_[i].name + some_rows(tables_[i]) +
              (tables_[i].keyed ? " ON CONFLICT DO NOTHING" : "") + ";\n";
    });
  }
  return text;
}

std::string QueryWriter::change() {
  const Table& table = tables_[below(stored_)];
  // Columns of the one table need no name before them, and have none where two meet.
  switch (below(5)) {
    case 3:
      return erase(table);
    case 4:
      return update(table);
    default:
      return insert(table);
  }
}

std::string QueryWriter::added_column(Table& table) {
  NamedColumn column;
  if (!table.dropped.empty() && chance(50)) {
    // Of the same kind, so that what stands on it has the types that it had.
    const auto again = table.dropped.begin() + static_cast<std::ptrdiff_t>(below(table.dropped.size()));
    column = *again;
    table.dropped.erase(again);
  } else {
    column = {"n" + std::to_string(++new_columns_), any_kind()};
  }
  table.columns.push_back(column);
  const std::string value = chance(40) ? " DEFAULT " + literal(column.kind) : "";
  return " ADD COLUMN " + column.name + " " + std::string(type_name(column.kind)) + value + ";\n";
}

std::string QueryWriter::alteration() {
  constexpr std::size_t fixed = 3;
  Table& table = tables_[below(stored_)];
  const std::string text = "ALTER TABLE " + table.name;
  const std::size_t others = table.columns.size() - fixed;
  if (others == 0 || chance(40)) return text + added_column(table);
  const auto column = table.columns.begin() + static_cast<std::ptrdiff_t>(fixed + below(others));
  const std::string name = column->name;
  if (chance(50)) {
    table.dropped.push_back(*column);
    table.columns.erase(column);
    return text + " DROP COLUMN " + name + ";\n";
  }
  column->name = "n" + std::to_string(++new_columns_);
  return text + " RENAME COLUMN " + name + " TO " + column->name + ";\n";
}

std::string QueryWriter::view() {
  std::string text;
  choices_.part(view_part, [&] {
    Table view{"v" + std::to_string(views_.size()), {}};
    const std::vector<Kind> kinds = any_kinds(1, 3);
    std::string names;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      view.columns.push_back({"c" + std::to_string(i + 1), kinds[i]});
      names += (i == 0 ? "" : ", ") + view.columns.back().name;
    }
    text = "CREATE MATERIALIZED VIEW " + view.name + "(" + names + ") AS " +
           query(kinds, 1 + static_cast<int>(below(static_cast<std::uint64_t>(reach_.depth)))) + ";\n";
    views_.push_back(view);
    tables_.push_back(view);
  });
  return text;
}

std::string QueryWriter::replaced_view() {
  const Table view = views_.back();
  std::vector<Kind> kinds;
  std::string names;
  for (const NamedColumn& column : view.columns) {
    kinds.push_back(column.kind);
    names += (names.empty() ? "" : ", ") + column.name;
  }
  const Table last = tables_.back();
  tables_.pop_back();  // not of itself
  std::string text = "CREATE OR REPLACE MATERIALIZED VIEW " + view.name + "(" + names + ") AS " +
                     query(kinds, 1 + static_cast<int>(below(static_cast<std::uint64_t>(reach_.depth)))) + ";\n";
  tables_.push_back(last);
  return text;
}

std::string QueryWriter::merging_schema() {
  merging_.push_back({"m0",
                      {{"id", Kind::integer},
                       {"a", Kind::integer},
                       {"b", Kind::text},
                       {"c", Kind::bigint},
                       {"d", Kind::bigint},
                       {"e", Kind::texts}},
                      true});
  tables_.push_back(merging_.back());
  return "TABLE m0 (id INTEGER = 1 PRIMARY KEY, a INTEGER = 2, b TEXT = 3, c BIGINT = 4 COUNTER, d BIGINT = 5 MAX, "
         "e TEXT[] = 6 SET) STRICT;\n";
}

std::string QueryWriter::merging_schema_for_postgres() const {
  return "CREATE TABLE m0 (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c BIGINT, d BIGINT, e TEXT[]);\n";
}

std::string QueryWriter::merging_change() {
  const std::string id = std::to_string(below(5)), n = std::to_string(below(9));
  switch (below(6)) {
    case 1:
      return "UPDATE m0 SET c = c + " + n + ", a = " + n + " WHERE id <= " + id + ";\n";
    case 2:
      return "UPDATE m0 SET d = " + n + ", e = array_append(e, 'x" + id + "') WHERE id <> " + id + ";\n";
    case 3:
      return "UPDATE m0 SET e = array_remove(e, 'x" + id + "') WHERE a = " + n + ";\n";
    case 4:
      return "DELETE FROM m0 WHERE id = " + id + ";\n";
    default:
      return "INSERT INTO m0 VALUES (" + id + ", " + n + ", " + literal(Kind::text) + ", " + n + ", " + id +
             ", '{x1,x2}') ON CONFLICT (id) DO UPDATE SET a = excluded.a, c = m0.c + excluded.c, d = excluded.d;\n";
  }
}

std::string QueryWriter::facts() {
  std::string text;
  const auto fact = [&] {
    const std::string id = std::to_string(below(5)), n = std::to_string(below(9));
    std::string value;
    switch (below(7)) {
      case 1:
        value = "\"b\",\"t" + n + "\"";
        break;
      case 2:
        value = "\"c\",{\"inc\":" + n + "}";
        break;
      case 3:
        value = "\"d\"," + n;
        break;
      case 4:
        value = "\"e\",{\"add\":\"x" + n + "\"}";
        break;
      case 5:
        value = "\"e\",{\"remove\":\"x" + n + "\"}";
        break;
      case 6:
        value = std::string("\"\",{\"exists\":") + (chance(50) ? "true" : "false") + "}";
        break;
      default:
        value = "\"a\"," + n;
    }
    text += (text.empty() ? "" : ",") + std::string("[\"m0\",\"") + id + "\"," + value + "]";
  };
  choices_.part(fact_part, fact);
  choices_.some(fact_part, 2, 4, fact);
  return "{\"@tx\":[" + text + "]}";
}

}  // namespace laterbase::sql
