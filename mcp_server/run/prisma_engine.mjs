// What prisma-client-py 0.11 takes for Prisma's query engine: an HTTP server on loopback that hands every query to the real
// engine, the WebAssembly build that @prisma/client carries, over a pool of PostgreSQL connections.
//
// The Python client writes GraphQL and the WebAssembly build reads only Prisma's JSON protocol, so the form of requests
// and answers is translated here and nothing else. Values pass as the text they came in: no number loses digits.
//
// node prisma_engine.mjs MODULES --version | MODULES -p PORT …   (PRISMA_DML_PATH: the schema; DATABASE_URL)

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, ...options] = process.argv.slice(2);
const require = createRequire(join(modules, "engine.js"));
const runtime = require("@prisma/client/runtime/query_engine_bg.postgresql.js");
const compiled = new WebAssembly.Module(
  readFileSync(join(modules, "@prisma/client/runtime/query_engine_bg.postgresql.wasm")),
);
runtime.__wbg_set_wasm(new WebAssembly.Instance(compiled, { "./query_engine_bg.js": runtime }).exports);

const ACTIONS = [
  "findUnique", "findFirst", "findMany", "createOne", "createMany", "updateOne", "updateMany", "upsertOne",
  "deleteOne", "deleteMany", "aggregate", "groupBy", "queryRaw", "executeRaw",
];

// { model: { field: its type } }
function fieldsOf(schema) {
  const models = {};
  for (const [, model, body] of schema.matchAll(/^model (\w+) \{\n([^]*?)^\}/gm)) {
    models[model] = Object.fromEntries([...body.matchAll(/^ +(\w+) +(\w+)/gm)].map(([, name, type]) => [name, type]));
  }
  return models;
}

// Where the translation is in a tree of arguments. What a name means depends on it, and a string is JSON's text only
// where the schema says Json: GraphQL has no such type and the JSON protocol wants it marked.
const ARGUMENTS = "arguments", FIELDS = "fields", RELATION = "relation", JSON_VALUE = "json", PLAIN = "plain";
const WITH_ARGUMENTS = ["createMany", "update", "updateMany", "upsert", "connectOrCreate"];
const JSON_FILTERS = ["path", "mode", "string_contains", "string_starts_with", "string_ends_with"];

function inside({ place, model }, name, models) {
  const type = models[model]?.[name];
  if (place === ARGUMENTS) return { place: FIELDS, model };
  if (place === RELATION) return { place: WITH_ARGUMENTS.includes(name) ? ARGUMENTS : FIELDS, model };
  if (place === JSON_VALUE) return { place: JSON_FILTERS.includes(name) ? PLAIN : JSON_VALUE };
  if (place === PLAIN || (type && type !== "Json" && !models[type])) return { place: PLAIN };
  if (type === "Json") return { place: JSON_VALUE };
  return type ? { place: RELATION, model: type } : { place: FIELDS, model }; // not a field: AND, OR, NOT, a compound key
}

// `query { result: findManyThing(where: {…}) { id other { id } } }`: one field under one alias, no variables, no
// fragments; strings are JSON's. Returns { alias, field, text } with the request in the JSON protocol as text.
function translated(query, models) {
  const tokens = query.match(/"(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*|-?[0-9][0-9.eE+-]*|[^\s,]/g);
  let at = 0;
  const is = (token) => tokens[at] === token;
  const take = (token) => {
    if (at >= tokens.length || (token && !is(token))) {
      throw new Error(`the query has ${tokens[at]} where ${token ?? "more"} is expected`);
    }
    return tokens[at++];
  };
  const many = (open, close, one) => {
    const found = [];
    for (take(open); !is(close); ) found.push(one());
    take(close);
    return found.join(",");
  };
  const pairs = (open, close, here) => {
    const pair = () => {
      const name = take().replaceAll('"', "");
      take(":");
      return `${JSON.stringify(name)}:${value(inside(here, name, models))}`;
    };
    return `{${many(open, close, pair)}}`;
  };
  const value = (here) => {
    if (is("{")) return pairs("{", "}", here);
    if (is("[")) return `[${many("[", "]", () => value(here))}]`;
    const token = take();
    if (token.startsWith('"')) return here.place === JSON_VALUE ? `{"$type":"Json","value":${token}}` : token;
    return /^[-\d]|^(true|false|null)$/.test(token) ? token : JSON.stringify(token); // a bare word is an enum's
  };
  const selected = (model) => {
    const given = is("(") ? `"arguments":${pairs("(", ")", { place: ARGUMENTS, model })},` : "";
    const field = () => {
      const name = take();
      return `${JSON.stringify(name)}:${is("(") || is("{") ? selected(models[model]?.[name]) : "true"}`;
    };
    return `{${given}"selection":{${is("{") ? many("{", "}", field) : ""}}}`;
  };
  take();
  take("{");
  const alias = take();
  take(":");
  const field = take();
  const action = ACTIONS.find((name) => field.startsWith(name));
  const throws = field.endsWith("OrThrow") ? "OrThrow" : "";
  const model = field.slice(action.length, field.length - throws.length);
  const named = model ? `"modelName":${JSON.stringify(model)},` : "";
  const text = `{${named}"action":"${action}${throws}","query":${selected(model)}}`;
  take("}");
  return { alias, field, text };
}

// {"$type": "DateTime", "value": …} is the value alone in GraphQL.
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.$type === "string") return value.value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

// Rows of a raw query: the engine names each column's type once, the client wants it at every value.
function rowsOf({ columns, types, rows }) {
  const typed = (type, value) => {
    if (value === null) return { prisma__type: "null", prisma__value: null };
    const item = type.match(/^(.*)-array$/)?.[1];
    if (!item) return { prisma__type: type, prisma__value: value };
    return { prisma__type: "array", prisma__value: value.map((one) => typed(item, one)) };
  };
  return rows.map((row) => Object.fromEntries(row.map((value, index) => [columns[index], typed(types[index], value)])));
}

function renamed({ data, ...rest }, { alias, field }) {
  if (!data) return rest;
  const found = data[field];
  return { data: { [alias]: field === "queryRaw" ? rowsOf(found) : plain(found) }, ...rest };
}

// Types that the driver does not know and the native engine reads as text: name, regclass, regtype, void, and name[].
const READ_AS = { 19: 25, 2205: 25, 2206: 25, 2278: 25, 1003: 1009 };

function poolOf(connectionString, max) {
  const { Pool, Query } = require("pg");
  const described = Query.prototype.handleRowDescription;
  Query.prototype.handleRowDescription = function (message) {
    for (const field of message.fields) field.dataTypeID = READ_AS[field.dataTypeID] ?? field.dataTypeID;
    described.call(this, message);
  };
  const pool = new Pool({ connectionString, max });
  pool.on("error", () => {}); // an idle connection that breaks is replaced by the next query
  return pool;
}

async function connected() {
  const { PrismaPg } = require("@prisma/adapter-pg");
  const { bindAdapter } = require("@prisma/driver-adapter-utils");
  const address = new URL(process.env.DATABASE_URL);
  const limit = Number(address.searchParams.get("connection_limit")) || 10;
  const adapter = bindAdapter(new PrismaPg(poolOf(address.href.split("?")[0], limit), { schema: address.searchParams.get("schema") ?? "public" }));
  const schema = readFileSync(process.env.PRISMA_DML_PATH, "utf8");
  const settings = {
    datamodel: schema,
    datasourceOverrides: {},
    env: process.env,
    ignoreEnvVarErrors: true,
    configDir: ".",
    logLevel: "error",
    logQueries: false,
    engineProtocol: "json",
  };
  const engine = new runtime.QueryEngine(settings, () => {}, adapter);
  await engine.connect("{}");
  const where = `${address.hostname}:${address.port || 5432}`;
  return { engine, failures: adapter.errorRegistry, where, models: fieldsOf(schema) };
}

// The driver's own failure (no connection) is known to the engine by number only; the native engine calls it P1001.
function failed(error, { failures, where }) {
  const known = error.user_facing_error ?? error;
  if (known.error_code !== "P2036") return error;
  const cause = failures.consumeError(known.meta?.id)?.error;
  const message = `Can't reach database server at \`${where}\` (${cause?.code ?? cause?.message ?? "no reason given"})`;
  return { error: message, user_facing_error: { is_panic: false, message, meta: {}, error_code: "P1001" } };
}

async function answered(body, transaction, database) {
  const asked = JSON.parse(body);
  const parts = (asked.batch ?? [asked]).map(({ query }) => translated(query, database.models));
  const texts = parts.map(({ text }) => text);
  const whole = asked.batch ? `{"batch":[${texts.join(",")}],"transaction":{}}` : texts[0];
  const found = JSON.parse(await database.engine.query(whole, "{}", transaction));
  if (found.error_code) return { errors: [failed(found, database)] };
  const errors = found.errors ? { errors: found.errors.map((error) => failed(error, database)) } : {};
  if (found.batchResult) {
    return { batchResult: found.batchResult.map((result, index) => renamed(result, parts[index])), ...errors };
  }
  return { ...renamed(found, parts[0]), ...errors };
}

async function served(request, body, database) {
  const [, area, step, then] = request.url.split("?")[0].split("/");
  if (area === "status") return [200, { status: "ok" }];
  if (area === "transaction") {
    const { engine } = database;
    const text =
      step === "start"
        ? await engine.startTransaction(body, "{}")
        : await engine[`${then}Transaction`](step, "{}");
    const found = JSON.parse(text);
    return found.error_code ? [409, failed(found, database)] : [200, found];
  }
  return [200, await answered(body, request.headers["x-transaction-id"], database)];
}

if (options[0] === "--version") {
  console.log(`query-engine ${runtime.getBuildTimeInfo().commit}`);
} else {
  const database = await connected();
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    let status, answer;
    try {
      [status, answer] = await served(request, Buffer.concat(pieces).toString("utf8"), database);
    } catch (error) {
      [status, answer] = [422, { error: String(error?.message ?? error) }];
      console.error(`prisma_engine: ${error?.stack ?? error}`);
    }
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  server.keepAliveTimeout = 3_600_000; // the client decides; a connection closed under it would be an error there
  server.listen(Number(options[options.indexOf("-p") + 1]), "127.0.0.1");
  for (const sign of ["SIGINT", "SIGTERM"]) process.on(sign, () => process.exit(0));
}
