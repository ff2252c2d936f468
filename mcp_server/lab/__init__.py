"""The laboratory: strict provider emulators on loopback, for tests, for the demo and for rehearsals.

    AnthropicEmulator    Anthropic's Messages API
    BedrockEmulator      Amazon Bedrock: InvokeModel, Converse, CountTokens, inference profiles, signatures
    VertexEmulator       Vertex AI: Gemini, the open models, Mistral, Claude, Google's token endpoint
    running              serves any of them on a port of its own

What an emulator refuses is taken from the providers' own SDKs (``data/``, written by ``maintenance/vertex_schemas.py``
and ``maintenance/bedrock_schemas.py``) and, where these are silent, from ``data/claude.yaml``. What the model behind it
says follows ``scripted``.
"""
