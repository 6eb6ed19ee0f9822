#include "libs/sql/connection.h"

#include <mariadb/errmsg.h>
#include <mariadb/mysql.h>
// The time-out of one answer in milliseconds is a field of the plug-in interface;
// the options of mysql.h know whole seconds only, and only before connecting.
#include <mariadb/ma_pvio.h>
#include <mariadb/mysqld_error.h>
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/sql/failure.h"

namespace cairn::sql {
namespace {

// Statements of varying length (lists, rows of an INSERT) would pile up; the
// fixed ones are fewer than this.
constexpr size_t kMaxPrepared = 64;
// What a column's buffer starts with and grows to; a longer value costs a second
// copy.
constexpr size_t kFirstBuffer = 512;
constexpr size_t kLargestBuffer = 64 * 1024;

bool IsInteger(enum_field_types type) {
  switch (type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct Connection::Prepared {
  struct Column {
    uint64_t number = 0;
    std::vector<char> buffer;
    unsigned long length = 0;
    my_bool is_null = 0;
    my_bool truncated = 0;
    size_t longest = 0;  // that did not fit
  };

  ~Prepared() {
    if (statement != nullptr) mysql_stmt_close(statement);
  }

  void BindColumns() {
    for (size_t i = 0; i < columns.size(); ++i) {
      Column& column = columns[i];
      MYSQL_BIND& bind = results[i];
      bind.length = &column.length;
      bind.is_null = &column.is_null;
      bind.error = &column.truncated;
      if (bind.buffer_type == MYSQL_TYPE_LONGLONG) {
        bind.buffer = &column.number;
        bind.buffer_length = sizeof column.number;
      } else {
        bind.buffer = column.buffer.data();
        bind.buffer_length = column.buffer.size();
      }
    }
    mysql_stmt_bind_result(statement, results.data());
  }

  MYSQL_STMT* statement = nullptr;
  std::vector<MYSQL_BIND> parameters;
  std::vector<uint64_t> numbers;
  std::vector<MYSQL_BIND> results;
  std::vector<Column> columns;
  uint64_t used = 0;
};

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Server& server,
                                                             const Options& options,
                                                             absl::Duration limit) {
  MYSQL* mysql = mysql_init(nullptr);
  INVARIANT(mysql != nullptr, "mysql_init fails without memory only");
  std::unique_ptr<Connection> connection(new Connection(mysql));

  const unsigned int seconds = static_cast<unsigned int>(
      std::max<int64_t>(1, absl::ToInt64Seconds(absl::Ceil(limit, absl::Seconds(1)))));
  mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &seconds);
  mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
  // A silent reconnect would lose transactions and prepared statements unnoticed.
  const my_bool no = 0;
  mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
  mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &no);
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "binary");
  const std::string session = base::Cat(
      "SET SESSION tx_isolation = 'READ-COMMITTED', time_zone = '+00:00', sql_mode = "
      "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO', "
      "join_cache_level = 0, innodb_lock_wait_timeout = ",
      std::max<int64_t>(1, absl::ToInt64Seconds(options.lock_wait)), ", max_statement_time = ",
      std::max<int64_t>(1, absl::ToInt64Seconds(options.statement_limit)));
  mysql_options(mysql, MYSQL_INIT_COMMAND, session.c_str());

  const bool local = !server.socket.empty();
  // CLIENT_FOUND_ROWS: an UPDATE tells how many rows its WHERE found, so that
  // zero always means that the condition did not hold.
  if (mysql_real_connect(mysql, local ? nullptr : server.host.c_str(), server.user.c_str(),
                         server.password.c_str(),
                         server.database.empty() ? nullptr : server.database.c_str(),
                         local ? 0 : server.port, local ? server.socket.c_str() : nullptr,
                         CLIENT_FOUND_ROWS) == nullptr) {
    // Whatever the number: there is no connection, and another try may get one.
    return MakeFailure(Failure::kRefused,
                       base::Cat("connecting to the database: ", mysql_errno(mysql), " ",
                                 std::string_view(mysql_error(mysql))));
  }
  return connection;
}

Connection::Connection(st_mysql* mysql) : mysql_(mysql) {}

Connection::~Connection() {
  // mysql_stmt_close would wait for a server that we have given up on.
  if (!usable_ && mysql_->net.pvio != nullptr) SetLimit(absl::Milliseconds(1));
  prepared_.clear();
  mysql_close(mysql_);
}

bool Connection::ClosedByServer() const {
  pollfd waiting{.fd = static_cast<int>(mysql_get_socket(mysql_)), .events = POLLIN | POLLRDHUP};
  return poll(&waiting, 1, 0) != 0;
}

void Connection::SetLimit(absl::Duration limit) {
  MARIADB_PVIO* const pvio = mysql_->net.pvio;
  if (pvio == nullptr) return;
  const int milliseconds =
      static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(limit), 1, 3'600'000));
  pvio->timeout[PVIO_READ_TIMEOUT] = milliseconds;
  pvio->timeout[PVIO_WRITE_TIMEOUT] = milliseconds;
}

absl::Status Connection::Failed(unsigned int number, std::string_view what, const char* text) {
  absl::Status status = MakeFailure(number, what, text);
  // The client library's own numbers mean that the protocol is out of step; after
  // those of the server it goes on, unless the server is going away.
  const bool own = (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) || number >= CER_MIN_ERROR;
  const bool goes_on = number == ER_STATEMENT_TIMEOUT || number == ER_QUERY_INTERRUPTED;
  if (own || (FailureOf(status) == Failure::kGone && !goes_on)) usable_ = false;
  return status;
}

absl::StatusOr<Connection::Prepared*> Connection::Prepare(const Statement& statement) {
  if (const auto found = prepared_.find(statement.text); found != prepared_.end()) {
    found->second->used = ++uses_;
    return found->second.get();
  }
  if (prepared_.size() >= kMaxPrepared) {
    prepared_.erase(std::min_element(
        prepared_.begin(), prepared_.end(),
        [](const auto& a, const auto& b) { return a.second->used < b.second->used; }));
  }
  auto prepared = std::make_unique<Prepared>();
  prepared->statement = mysql_stmt_init(mysql_);
  INVARIANT(prepared->statement != nullptr, "mysql_stmt_init fails without memory only");
  if (mysql_stmt_prepare(prepared->statement, statement.text.data(), statement.text.size()) != 0) {
    return Failed(mysql_stmt_errno(prepared->statement), statement.name,
                  mysql_stmt_error(prepared->statement));
  }
  const size_t parameters = mysql_stmt_param_count(prepared->statement);
  prepared->parameters.resize(parameters);
  prepared->numbers.resize(parameters);
  if (MYSQL_RES* const metadata = mysql_stmt_result_metadata(prepared->statement)) {
    const size_t columns = mysql_num_fields(metadata);
    const MYSQL_FIELD* const fields = mysql_fetch_fields(metadata);
    prepared->results.resize(columns);
    prepared->columns.resize(columns);
    for (size_t i = 0; i < columns; ++i) {
      if (IsInteger(fields[i].type)) {
        prepared->results[i].buffer_type = MYSQL_TYPE_LONGLONG;
        prepared->results[i].is_unsigned = (fields[i].flags & UNSIGNED_FLAG) != 0;
      } else {
        prepared->results[i].buffer_type = MYSQL_TYPE_BLOB;
        prepared->columns[i].buffer.resize(std::clamp<size_t>(fields[i].length, 1, kFirstBuffer));
      }
    }
    mysql_free_result(metadata);
    prepared->BindColumns();
  }
  prepared->used = ++uses_;
  return prepared_.emplace(statement.text, std::move(prepared)).first->second.get();
}

absl::StatusOr<uint64_t> Connection::Run(const Statement& statement, Values values,
                                         absl::Duration limit, Rows* rows) {
  SetLimit(limit);
  ASSIGN_OR_RETURN(Prepared * prepared, Prepare(statement));
  INVARIANT(values.size() == prepared->parameters.size(),
            "the statement and its values are side by side");
  for (size_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    MYSQL_BIND& bind = prepared->parameters[i];
    bind = MYSQL_BIND{};
    switch (value.kind()) {
      case Value::Kind::kNull:
        bind.buffer_type = MYSQL_TYPE_NULL;
        break;
      case Value::Kind::kUnsigned:
      case Value::Kind::kSigned:
        prepared->numbers[i] = value.number();
        bind.buffer_type = MYSQL_TYPE_LONGLONG;
        bind.buffer = &prepared->numbers[i];
        bind.is_unsigned = value.kind() == Value::Kind::kUnsigned;
        break;
      case Value::Kind::kBytes:
        // A null pointer would be sent as NULL.
        bind.buffer_type = MYSQL_TYPE_BLOB;
        bind.buffer = const_cast<char*>(value.bytes().empty() ? "" : value.bytes().data());
        bind.buffer_length = value.bytes().size();
        break;
    }
  }
  MYSQL_STMT* const stmt = prepared->statement;
  if (!prepared->parameters.empty() &&
      mysql_stmt_bind_param(stmt, prepared->parameters.data()) != 0) {
    return Failed(mysql_stmt_errno(stmt), statement.name, mysql_stmt_error(stmt));
  }
  if (mysql_stmt_execute(stmt) != 0) {
    const unsigned int number = mysql_stmt_errno(stmt);
    const std::string text = mysql_stmt_error(stmt);
    // The table has changed under the statement (a migration): it has to be
    // prepared again, and has not run.
    if (number == ER_NEED_REPREPARE || number == ER_UNKNOWN_STMT_HANDLER) {
      prepared_.erase(prepared_.find(statement.text));
    }
    return Failed(number, statement.name, text.c_str());
  }
  if (prepared->columns.empty()) return mysql_stmt_affected_rows(stmt);
  INVARIANT(rows != nullptr, "a statement that brings rows is run with Query");
  RETURN_IF_ERROR(Fetch(*prepared, *rows));
  return rows->size();
}

absl::Status Connection::Fetch(Prepared& prepared, Rows& rows) {
  MYSQL_STMT* const stmt = prepared.statement;
  rows.columns_ = prepared.columns.size();
  rows.cells_.clear();
  rows.bytes_.clear();
  bool grow = false;
  while (true) {
    const int fetched = mysql_stmt_fetch(stmt);
    if (fetched == MYSQL_NO_DATA) break;
    if (fetched != 0 && fetched != MYSQL_DATA_TRUNCATED) {
      const absl::Status status =
          Failed(mysql_stmt_errno(stmt), "reading rows", mysql_stmt_error(stmt));
      if (usable_) mysql_stmt_free_result(stmt);
      return status;
    }
    for (size_t i = 0; i < prepared.columns.size(); ++i) {
      Prepared::Column& column = prepared.columns[i];
      Rows::Cell& cell = rows.cells_.emplace_back();
      if (column.is_null) continue;
      if (prepared.results[i].buffer_type == MYSQL_TYPE_LONGLONG) {
        cell.kind = Rows::Cell::Kind::kNumber;
        cell.number = column.number;
        continue;
      }
      cell.kind = Rows::Cell::Kind::kBytes;
      cell.number = rows.bytes_.size();
      cell.size = column.length;
      if (column.length <= column.buffer.size()) {
        rows.bytes_.append(column.buffer.data(), column.length);
        continue;
      }
      rows.bytes_.resize(cell.number + cell.size);
      MYSQL_BIND whole{};
      unsigned long length = 0;
      my_bool is_null = 0;
      my_bool truncated = 0;
      whole.buffer_type = MYSQL_TYPE_BLOB;
      whole.buffer = rows.bytes_.data() + cell.number;
      whole.buffer_length = cell.size;
      whole.length = &length;
      whole.is_null = &is_null;
      whole.error = &truncated;
      if (mysql_stmt_fetch_column(stmt, &whole, static_cast<unsigned int>(i), 0) != 0) {
        return Failed(mysql_stmt_errno(stmt), "reading a column", mysql_stmt_error(stmt));
      }
      column.longest = std::max(column.longest, cell.size);
      grow = true;
    }
  }
  mysql_stmt_free_result(stmt);
  if (grow) {
    for (Prepared::Column& column : prepared.columns) {
      const size_t wanted = std::min(kLargestBuffer, column.longest * 5 / 4);
      if (wanted > column.buffer.size()) column.buffer.resize(wanted);
    }
    prepared.BindColumns();
  }
  return absl::OkStatus();
}

absl::Status Connection::RunText(std::string_view text, absl::Duration limit) {
  SetLimit(limit);
  if (mysql_real_query(mysql_, text.data(), text.size()) != 0) {
    return Failed(mysql_errno(mysql_), text.substr(0, 40), mysql_error(mysql_));
  }
  INVARIANT(mysql_field_count(mysql_) == 0, "only statements without rows are run as text");
  return absl::OkStatus();
}

}  // namespace cairn::sql
