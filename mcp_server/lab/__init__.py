"""The laboratory: strict provider emulators on loopback, for tests, for the demo and for rehearsals.

    VertexEmulator       Vertex AI: Gemini, the open models, Mistral, Google's token endpoint
    AnthropicEmulator    Anthropic Messages, to drive the real Claude Code
    running              serves either on a port of its own

What an emulator refuses is taken from the providers' own SDKs (``data/``, written by
``maintenance/vertex_schemas.py``). What the model behind it says follows ``scripted``.
"""
