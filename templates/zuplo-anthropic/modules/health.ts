// Claude Code opens its connection with HEAD /: answered here, nothing goes to the provider.
export default async function health(): Promise<Response> {
  return new Response(null, { status: 200 });
}
